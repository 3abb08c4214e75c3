"""One training loop, as a generator of steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from gradviz.errors import GradvizError, unknown_name
from gradviz.tasks.arguments import finite_number, whole_number

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


class Diverged(GradvizError, ArithmeticError):
    """The loss or its gradient is no longer finite."""


class Trainable(Protocol):
    """What the loop asks of a task: `gradviz.tasks`, the char model's data, or a user's own."""

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]: ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Optimisation:
    """How a model is trained.

    Parameters
    ----------
    steps, batch_size : int
    optimizer : {"adam", "rmsprop", "sgd"}
    learning_rate : float
    clip_norm : float or None
        Largest 2-norm of the gradient of all parameters; None for no clipping.
    seed : int
        Of the batches; step k's batch depends on nothing but the seed and k.

    Raises
    ------
    ValueError, UnknownName
        For values that make no sense.
    """

    steps: int
    batch_size: int = 50
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    clip_norm: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        whole_number("steps", self.steps, 1)
        whole_number("batch_size", self.batch_size, 1)
        if self.optimizer not in OPTIMIZERS:
            raise unknown_name("optimizer", self.optimizer, OPTIMIZERS)
        finite_number("learning_rate", self.learning_rate, positive=True)
        if self.clip_norm is not None:
            finite_number("clip_norm", self.clip_norm, positive=True)
        whole_number("seed", self.seed, 0)


class TrainingStep(NamedTuple):
    """What one step gave: its number from 0, its loss, and the gradient's 2-norm before clipping."""

    step: int
    loss: float
    grad_norm: float

    def metrics(self) -> dict[str, Any]:
        """What goes into a recording beside the loss."""
        return {"grad_norm": self.grad_norm}


def train(model: nn.Module, task: Trainable, how: Optimisation) -> Iterator[TrainingStep]:
    """Train a model, one optimiser step at a time.

    Parameters
    ----------
    model : nn.Module
        Takes the task's inputs, gives the outputs that its loss takes.
    task : Trainable
        Its batches are moved to where the model's parameters are.
    how : Optimisation

    Yields
    ------
    TrainingStep
        After the optimiser's step.

    Raises
    ------
    Diverged
        After the step whose loss or gradient is not finite has been yielded; it was not applied.
    """
    optimizer = OPTIMIZERS[how.optimizer](model.parameters(), lr=how.learning_rate)
    limit = math.inf if how.clip_norm is None else how.clip_norm
    device = next(model.parameters()).device
    for number in range(how.steps):
        inputs, targets = task.batch(how.batch_size, batch_generator(how.seed, number))
        optimizer.zero_grad()
        loss = task.loss(model(inputs.to(device)), targets.to(device))
        loss.backward()
        grad_norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
        step = TrainingStep(number, loss.item(), float(grad_norm))
        finite = math.isfinite(step.loss) and math.isfinite(step.grad_norm)
        if finite:
            optimizer.step()
        yield step
        if not finite:
            raise Diverged(
                f"the loss is {step.loss} and the norm of its gradient {step.grad_norm} at step {number}: "
                f"lower learning_rate = {how.learning_rate} or set clip_norm (it is {how.clip_norm})"
            )


def batch_generator(seed: int, step: int) -> torch.Generator:
    """Generator of step ``step``'s batch, whatever was drawn before it."""
    mixed = torch.Generator().manual_seed(seed)
    base = int(torch.randint(2**62, (), generator=mixed))
    return torch.Generator().manual_seed((base + step) % 2**63)

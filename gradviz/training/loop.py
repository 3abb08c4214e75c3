"""One training loop, as a generator of steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn

from gradviz.errors import GradvizError, unknown_name
from gradviz.tasks.size import whole_number
from gradviz.tasks.table import Task

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}


class Diverged(GradvizError, ArithmeticError):
    """The loss is no longer finite."""


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
        for name in ("learning_rate", "clip_norm"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} = {value!r}: must be positive")


class TrainingStep(NamedTuple):
    """What one step gave: its number from 0, its loss, and the gradient's 2-norm before clipping."""

    step: int
    loss: float
    grad_norm: float

    def metrics(self) -> dict[str, Any]:
        """What goes into a recording beside the loss."""
        return {"grad_norm": self.grad_norm}


def train(model: nn.Module, task: Task, how: Optimisation) -> Iterator[TrainingStep]:
    """Train a model, one optimiser step at a time.

    Parameters
    ----------
    model : nn.Module
        Takes the task's inputs, gives the outputs that its loss takes.
    task : Task
    how : Optimisation

    Yields
    ------
    TrainingStep
        After the optimiser's step.

    Raises
    ------
    Diverged
        After the step whose loss is not finite has been yielded; its gradient is not applied.
    """
    optimizer = OPTIMIZERS[how.optimizer](model.parameters(), lr=how.learning_rate)
    limit = math.inf if how.clip_norm is None else how.clip_norm
    for step in range(how.steps):
        inputs, targets = task.batch(how.batch_size, batch_generator(how.seed, step))
        optimizer.zero_grad()
        loss = task.loss(model(inputs), targets)
        loss.backward()
        grad_norm = nn.utils.clip_grad_norm_(model.parameters(), limit)
        finite = bool(torch.isfinite(loss))
        if finite:
            optimizer.step()
        yield TrainingStep(step, loss.item(), float(grad_norm))
        if not finite:
            raise Diverged(
                f"the loss is {loss.item()} at step {step}: lower learning_rate = {how.learning_rate} "
                f"or set clip_norm (it is {how.clip_norm})"
            )


def batch_generator(seed: int, step: int) -> torch.Generator:
    """Generator of step ``step``'s batch, whatever was drawn before it."""
    mixed = torch.Generator().manual_seed(seed)
    base = int(torch.randint(2**62, (), generator=mixed))
    return torch.Generator().manual_seed((base + step) % 2**63)

"""One training loop, as a generator of steps that can be saved and taken up again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from gradviz.errors import GradvizError
from gradviz.training.carry import State, detached, on_device
from gradviz.training.gradient_clipping import clip_gradients
from gradviz.training.optimisation import OPTIMIZERS, Optimisation
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED


class Diverged(GradvizError, ArithmeticError):
    """The loss or its gradient is no longer finite."""

    exit_code = 1


class Trainable(Protocol):
    """What the loop asks of a task: `gradviz.tasks`, or a user's own.

    Besides these it uses, where there are any, ``metric`` with ``metric_name`` and ``metric_goal``, and
    ``carries_state`` with ``segment``; see `Training`.
    """

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]: ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor: ...


class TrainingStep(NamedTuple):
    """What one step gave.

    Attributes
    ----------
    step : int
        Its number from 0.
    loss : float
    metrics : dict of str to float
        The task's metric on the same batch, if it has one; ``grad_norm`` and ``grad_norm_clipped``, the
        gradient's 2-norm over all parameters before and after clipping.
    """

    step: int
    loss: float
    metrics: dict[str, float]

    @property
    def finite(self) -> bool:
        """Whether loss and gradient are finite; if not, the step was not applied."""
        return math.isfinite(self.loss) and math.isfinite(self.metrics[GRAD_NORM])


class Training:
    """A model in training: iterating gives one `TrainingStep` after another.

    Parameters
    ----------
    model : nn.Module
        Takes the task's inputs, gives the outputs that its loss takes; for a task that carries its state,
        takes ``(inputs, state)`` and gives ``(outputs, state)``, the first state being None.
    task : Trainable
        Its batches are moved to where the model's parameters are. If ``carries_state`` is true, step k
        trains on ``segment(batch_size, k)``, which says besides whether the state begins anew; it is cut
        from its history at each step.
    how : Optimisation

    Attributes
    ----------
    step : int
        The number of the next step, which is how many were applied.

    Raises
    ------
    ValueError
        When ``stop_at`` is given and the task has no metric.

    References
    ----------
    Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", for the carried state.
    """

    def __init__(self, model: nn.Module, task: Trainable, how: Optimisation):
        self.model, self.how = model, how
        self.task: Any = task  # with what it may have besides `Trainable`
        self.step = 0
        self._metric = getattr(task, "metric", None)
        if how.stop_at is not None and self._metric is None:
            raise ValueError(f"stop_at = {how.stop_at}: must be left out, since the task has no metric")
        self._carries = bool(getattr(task, "carries_state", False))
        self._state: State = None
        self._reached = False
        self._optimizer = OPTIMIZERS[how.optimizer](model.parameters(), lr=how.learning_rate)
        self._device = next(model.parameters()).device

    @property
    def done(self) -> bool:
        """Whether there is no step left: all are done, or the target is reached."""
        return self._reached or self.step >= self.how.steps

    def __iter__(self) -> Iterator[TrainingStep]:
        """The steps that are left, each after the optimiser's step.

        Raises
        ------
        Diverged
            After the step whose loss or gradient is not finite has been yielded; it was not applied.
        """
        while not self.done:
            step = self._advance()
            yield step
            if not step.finite:
                raise Diverged(
                    f"the loss is {step.loss} and the norm of its gradient {step.metrics[GRAD_NORM]} "
                    f"at step {step.step}: {self._advice()}"
                )

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on: tensors, numbers and containers of them.

        Not copied: save it before the next step. It holds the state of torch's global generator too, from
        which dropout draws.
        """
        return {
            "step": self.step,
            "reached": self._reached,
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "carried": self._state,
            "random": torch.get_rng_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state_dict` was taken, to the bit on the same machine.

        Raises
        ------
        KeyError, RuntimeError, ValueError
            When it is of another model or optimiser.
        """
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._state = on_device(state["carried"], self._device)
        self.step, self._reached = state["step"], state["reached"]
        torch.set_rng_state(state["random"])

    def _advance(self) -> TrainingStep:
        self._optimizer.zero_grad()
        outputs, targets, following = self._forward()
        loss = self.task.loss(outputs, targets)
        loss.backward()
        metrics = self._measured(outputs, targets)
        norms = clip_gradients(self.model.parameters(), norm=self.how.clip_norm, value=self.how.clip_value)
        gradient = {GRAD_NORM: norms.before, GRAD_NORM_CLIPPED: norms.after}
        step = TrainingStep(self.step, loss.item(), {**metrics, **gradient})
        if step.finite:
            self._optimizer.step()
            self._state = following
            self._reached = any(self._is_reached(value) for value in metrics.values())
            self.step += 1
        return step

    def _forward(self) -> tuple[Tensor, Tensor, State]:
        """Outputs, targets, and the state to go on with."""
        if self._carries:
            inputs, targets, begins = self.task.segment(self.how.batch_size, self.step)
            outputs, state = self.model(inputs.to(self._device), None if begins else self._state)
            return outputs, targets.to(self._device), detached(state)
        inputs, targets = self.task.batch(self.how.batch_size, batch_generator(self.how.seed, self.step))
        return self.model(inputs.to(self._device)), targets.to(self._device), None

    def _measured(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        if self._metric is None:
            return {}
        with torch.no_grad():
            return {self.task.metric_name: float(self._metric(outputs, targets))}

    def _is_reached(self, value: float) -> bool:
        if self.how.stop_at is None:
            return False
        if self.task.metric_goal == "max":
            return value >= self.how.stop_at
        return value <= self.how.stop_at

    def _advice(self) -> str:
        limits = {"clip_norm": self.how.clip_norm, "clip_value": self.how.clip_value}
        given = [f"{name} = {limit}" for name, limit in limits.items() if limit is not None]
        return f"lower learning_rate = {self.how.learning_rate} or {given[0] if given else 'set clip_norm'}"


def train(model: nn.Module, task: Trainable, how: Optimisation) -> Iterator[TrainingStep]:
    """The steps of a `Training` from its beginning; a model is trained as far as they are taken."""
    return iter(Training(model, task, how))


def batch_generator(seed: int, step: int) -> torch.Generator:
    """Generator of step ``step``'s batch, whatever was drawn before it."""
    mixed = torch.Generator().manual_seed(seed)
    base = int(torch.randint(2**62, (), generator=mixed))
    return torch.Generator().manual_seed((base + step) % 2**63)

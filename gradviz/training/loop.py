"""One training loop: a generator of steps, which can be saved and resumed."""

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
    """The loss or its gradient is infinite or NaN."""

    exit_code = 1


class Trainable(Protocol):
    """What the loop needs from a task, either from `gradviz.tasks` or written by the user.

    If the task has them, the loop also uses ``metric`` with ``metric_name`` and ``metric_goal``,
    ``further_metrics`` by their names, which are only recorded, and ``carries_state`` with ``segment``; see
    `Training`.
    """

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]: ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor: ...


class TrainingStep(NamedTuple):
    """Result of one training step.

    Attributes
    ----------
    step : int
        Number of the step, from 0.
    loss : float
    metrics : dict of str to float
        The task's metric on the same batch, if the task has one; ``grad_norm`` and ``grad_norm_clipped``, the
        2-norm of the gradient of all parameters before and after clipping.
    """

    step: int
    loss: float
    metrics: dict[str, float]

    @property
    def finite(self) -> bool:
        """Whether loss and gradient are finite; if not, the weights were not updated."""
        return math.isfinite(self.loss) and math.isfinite(self.metrics[GRAD_NORM])


class Training:
    """A model in training; iterating over it takes the steps and yields a `TrainingStep` for each.

    Parameters
    ----------
    model : nn.Module
        Takes the task's inputs and returns the outputs for its loss. For a task that carries its state, it
        takes ``(inputs, state)`` and returns ``(outputs, state)``; the first state is None.
    task : Trainable
        Its batches are moved to the device of the model's parameters. If ``carries_state`` is true, step k
        trains on ``segment(batch_size, k)``, which also returns whether the state starts again from None; the
        state is detached after each step.
    how : Optimisation

    Attributes
    ----------
    step : int
        Number of the next step, which is the number of steps applied so far.

    Raises
    ------
    ValueError
        If ``stop_at`` is given and the task has no metric.

    References
    ----------
    Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent network
    trajectories", for the carried state.

    Examples
    --------
    >>> import gradviz as gv
    >>> from gradviz.training.loop import Training
    >>> from gradviz.training.optimisation import Optimisation
    >>> model = gv.SequenceModel("gru", 2, 4, 1)
    >>> training = Training(model, gv.tasks.adding(length=10), Optimisation(steps=3))
    >>> [step.step for step in training], training.done
    ([0, 1, 2], True)
    """

    def __init__(self, model: nn.Module, task: Trainable, how: Optimisation):
        self.model, self.how = model, how
        self.task: Any = task  # it may have more attributes than `Trainable`
        self.step = 0
        self._metric = getattr(task, "metric", None)
        if how.stop_at is not None and self._metric is None:
            raise ValueError(f"stop_at = {how.stop_at}: must be left out, since the task has no metric")
        self._carries = bool(getattr(task, "carries_state", False))
        self._state: State = None
        self._reached = False
        make = OPTIMIZERS[how.optimizer] if isinstance(how.optimizer, str) else how.optimizer
        self._optimizer = make(model.parameters(), lr=how.learning_rate)
        self._device = next(model.parameters()).device

    @property
    def done(self) -> bool:
        """Whether no step is left: all steps are done, or the target is reached."""
        return self._reached or self.step >= self.how.steps

    def __iter__(self) -> Iterator[TrainingStep]:
        """Take the remaining steps; each is yielded after the optimiser's update.

        Raises
        ------
        Diverged
            After yielding a step whose loss or gradient is not finite; that step was not applied.
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

        The tensors are not copied, so save them before the next step. The state of torch's global generator,
        which dropout uses, is included.
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
        """Resume from a `state_dict`; on the same machine all further steps are bit-identical.

        Raises
        ------
        KeyError, RuntimeError, ValueError
            If the state belongs to another model or optimiser.
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
            self._reached = bool(metrics) and self._is_reached(next(iter(metrics.values())))
            self.step += 1
        return step

    def _forward(self) -> tuple[Tensor, Tensor, State]:
        """Outputs, targets, and the state for the next step."""
        if self._carries:
            inputs, targets, begins = self.task.segment(self.how.batch_size, self.step)
            outputs, state = self.model(inputs.to(self._device), None if begins else self._state)
            return outputs, targets.to(self._device), detached(state)
        inputs, targets = self.task.batch(self.how.batch_size, batch_generator(self.how.seed, self.step))
        return self.model(inputs.to(self._device)), targets.to(self._device), None

    def _measured(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        if self._metric is None:
            return {}
        metrics = {self.task.metric_name: self._metric, **getattr(self.task, "further_metrics", {})}
        with torch.no_grad():
            return {name: float(metric(outputs, targets)) for name, metric in metrics.items()}

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
    """Train a model and yield its steps; the model is trained as far as the steps are taken.

    Parameters
    ----------
    model : nn.Module
    task : Trainable
    how : Optimisation
        As `Training` takes them.

    Returns
    -------
    iterator of TrainingStep

    Examples
    --------
    >>> import gradviz as gv
    >>> from gradviz.training.loop import train
    >>> from gradviz.training.optimisation import Optimisation
    >>> model = gv.SequenceModel("gru", 2, 4, 1)
    >>> steps = list(train(model, gv.tasks.adding(length=10), Optimisation(steps=3)))
    >>> sorted(steps[-1].metrics)
    ['grad_norm', 'grad_norm_clipped', 'mse']
    """
    return iter(Training(model, task, how))


def batch_generator(seed: int, step: int) -> torch.Generator:
    """Random generator for the batch of one step; it does not depend on other steps.

    Parameters
    ----------
    seed, step : int

    Returns
    -------
    torch.Generator

    Examples
    --------
    >>> import torch
    >>> from gradviz.training.loop import batch_generator
    >>> draws = [torch.rand(3, generator=batch_generator(0, step)) for step in (5, 5, 6)]
    >>> torch.equal(draws[0], draws[1]), torch.equal(draws[0], draws[2])
    (True, False)
    """
    mixed = torch.Generator().manual_seed(seed)
    base = int(torch.randint(2**62, (), generator=mixed))
    return torch.Generator().manual_seed((base + step) % 2**63)

"""One training loop: a generator of steps, which can be saved and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

from gradviz.training.batch_seeds import batch_generator
from gradviz.training.carry import State, detached
from gradviz.training.curriculum import Course, Curriculum, is_reached
from gradviz.training.gradient_clipping import clip_gradients
from gradviz.training.optimisation import OPTIMIZERS, Optimisation
from gradviz.training.placement import Placement
from gradviz.training.random_state import random_state, restore_random_state
from gradviz.training.training_step import (
    LEARNING_RATE,
    OMEGA,
    SEQUENCE_LENGTH,
    Diverged,
    Trainable,
    TrainingStep,
)
from gradviz.training.validation_set import Validation, Validator
from gradviz.training.vanishing_regulariser import VanishingRegulariser
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED

__all__ = ["Diverged", "Trainable", "Training", "TrainingStep", "batch_generator", "train"]


class Training:
    """A model in training; iterating over it takes the steps and yields a `TrainingStep` for each.

    Parameters
    ----------
    model : nn.Module
        Takes the task's inputs and returns the outputs for its loss. For a task that carries its state, it
        takes ``(inputs, state)`` and returns ``(outputs, state)``; the first state is None.
    task : Trainable
        Its batches are moved to the device of the model's parameters, and get their type. If
        ``carries_state`` is true, step k
        trains on ``segment(batch_size, k)``, which also returns whether the state starts again from None; the
        state is detached after each step.
    how : Optimisation
    validation : Validation, optional
        Evaluates the model while it is trained; ``stop_at`` is then for the metric of the evaluations.
    curriculum : Curriculum, optional
        Begins with shorter sequences; ``stop_at`` is then for the last length.

    Attributes
    ----------
    step : int
        Number of the next step, which is the number of steps applied so far.
    validator : Validator or None

    Raises
    ------
    ValueError, TypeError
        If ``stop_at`` is given and the task has no metric, the task cannot have a length of the curriculum,
        or the model cannot have the regulariser.

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

    def __init__(
        self,
        model: nn.Module,
        task: Trainable,
        how: Optimisation,
        *,
        validation: Validation | None = None,
        curriculum: Curriculum | None = None,
    ):
        self.model, self.how = model, how
        self._task: Any = task  # it may have more attributes than `Trainable`
        self.step = 0
        self._metric = getattr(task, "metric", None)
        wants = {"stop_at": how.stop_at, "advance_at": curriculum and curriculum.advance_at}
        for name, value in wants.items():
            if value is not None and self._metric is None:
                raise ValueError(f"{name} = {value}: must be left out, since the task has no metric")
        self._carries = bool(getattr(task, "carries_state", False))
        self._state: State = None
        self._reached = False
        make = OPTIMIZERS[how.optimizer] if isinstance(how.optimizer, str) else how.optimizer
        self._optimizer = make(model.parameters(), lr=how.learning_rate, **how.optimizer_settings())
        self._rates = [group["lr"] for group in self._optimizer.param_groups]
        self._place = Placement.of(model)
        self._course = Course(curriculum, task) if curriculum else None
        self.validator = (
            Validator(validation, batch_size=how.batch_size, seed=how.seed) if validation else None
        )
        self._regulariser = VanishingRegulariser(model) if how.omega is not None else None

    @property
    def task(self) -> Any:
        """The task; under a curriculum, that of the present length."""
        return self._course.task if self._course else self._task

    @property
    def done(self) -> bool:
        """Whether no step is left: all steps are done, the target is reached, or the patience has ended."""
        return self._reached or self.step >= self.how.steps or bool(self.stopped)

    @property
    def stopped(self) -> str:
        """Why the validation ends the training, in a sentence; empty if it does not."""
        ends_before = self._reached or self.step >= self.how.steps
        return "" if ends_before or self.validator is None else self.validator.stopped

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
            **{name: part.state_dict() for name, part in self._parts().items()},
            **random_state(self._place.device),
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
        self._state = self._place.state(state["carried"])
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.step, self._reached = state["step"], state["reached"]
        restore_random_state(state, self._place.device)

    def _parts(self) -> dict[str, Any]:
        """What has a state of its own, by its name in `state_dict`."""
        parts = {"validation": self.validator, "curriculum": self._course}
        return {name: part for name, part in parts.items() if part}

    def _advance(self) -> TrainingStep:
        self._optimizer.zero_grad()
        with self._regulariser or nullcontext():
            outputs, targets, following = self._forward()
        loss = self.task.loss(outputs, targets)
        loss.backward()
        measured = self._measured(outputs, targets)
        metrics = {**measured, **self._settle()}
        norms = clip_gradients(self.model.parameters(), norm=self.how.clip_norm, value=self.how.clip_value)
        gradient = {GRAD_NORM: norms.before, GRAD_NORM_CLIPPED: norms.after}
        step = TrainingStep(self.step, loss.item(), {**metrics, **gradient})
        if not step.finite:
            return step
        self._optimizer.step()
        self._state = following
        self.step += 1
        return self._evaluated(step, next(iter(measured.values()), None))

    def _forward(self) -> tuple[Any, Any, State]:
        """Outputs, targets, and the state for the next step."""
        if self._carries:
            inputs, targets, begins = self.task.segment(self.how.batch_size, self.step)
            outputs, state = self.model(self._place(inputs), None if begins else self._state)
            return outputs, self._place(targets), detached(state)
        inputs, targets = self.task.batch(self.how.batch_size, batch_generator(self.how.seed, self.step))
        return self.model(self._place(inputs)), self._place(targets), None

    def _settle(self) -> dict[str, float]:
        """Add the regulariser's gradient, set the learning rate; returns what goes into the metrics."""
        metrics: dict[str, float] = {}
        if self._regulariser is not None and self.how.omega is not None:
            metrics[OMEGA] = self._regulariser.add_gradient(weight=self.how.omega)
        if self.how.schedule is not None:
            rate = metrics[LEARNING_RATE] = self.how.rate(self.step)
            for group, own in zip(self._optimizer.param_groups, self._rates, strict=True):
                group["lr"] = rate if own == self.how.learning_rate else own * rate / self.how.learning_rate
        if self._course:
            metrics[SEQUENCE_LENGTH] = self._course.length
        return metrics

    def _evaluated(self, step: TrainingStep, batch_metric: float | None) -> TrainingStep:
        """The step, with the evaluation that follows it; notes what they reach."""
        evaluation = None
        if self.validator and self.validator.is_due(step.step, steps=self.how.steps):
            length = self._course.length if self._course else None
            evaluation = self.validator.evaluate(self.model, self.task, step.step, length=length)
        value = evaluation.metric if evaluation else None
        seen = value if self.validator else batch_metric
        self._reached = (not self._course or self._course.is_last) and is_reached(
            self.task, seen, self.how.stop_at
        )
        validates = self.validator is not None
        grown = self._course is not None and self._course.advance(
            step.step, batch=batch_metric, validation=value, validates=validates
        )
        if grown and self.validator:
            self.validator.begin_again()
        return step._replace(evaluation=evaluation)

    def _measured(self, outputs: Any, targets: Any) -> dict[str, float]:
        if self._metric is None:
            return {}
        metrics = {self.task.metric_name: self.task.metric, **getattr(self.task, "further_metrics", {})}
        with torch.no_grad():
            return {name: float(metric(outputs, targets)) for name, metric in metrics.items()}

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

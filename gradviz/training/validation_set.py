"""Evaluates a model on data that it is not trained on, and remembers which weights were the best."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn

from gradviz.arguments import check_whole_number
from gradviz.training.batch_seeds import validation_generator
from gradviz.training.placement import Placement


@dataclass(frozen=True)
class Validation:
    """How often a model in training is evaluated, on how much, and when the training ends for it.

    Parameters
    ----------
    every : int
        Training steps from one evaluation to the next; the last step of a training is followed by one too.
    batches : int
        Number of batches of an evaluation.  They have the size of the training's batches and are the same
        each time.  A task with a method ``validation_batch(size, generator)``, as digits that hold images
        back, draws them by that; one with a method ``validation()``, as a text that holds out its end, is
        evaluated on what that returns, all of it.
    patience : int, optional
        The training ends after so many evaluations in a row without a validation loss below the lowest.

    Raises
    ------
    ValueError
        If a number is below 1 or is not a whole number.

    References
    ----------
    Prechelt (1998), "Early stopping - but when?", criterion UP.

    Examples
    --------
    >>> from gradviz.training.validation_set import Validation
    >>> Validation(every=100, batches=10, patience=5).patience
    5
    """

    every: int = 100
    batches: int = 10
    patience: int | None = None

    def __post_init__(self) -> None:
        check_whole_number("every", self.every, at_least=1)
        check_whole_number("batches", self.batches, at_least=1)
        if self.patience is not None:
            check_whole_number("patience", self.patience, at_least=1, hint=", or None for no early stop")


class Evaluation(NamedTuple):
    """Result of one evaluation.

    Attributes
    ----------
    step : int
        The training step after which it was made, counted from 0.
    loss : float
        Mean over the batches.
    metric : float or None
        Mean of the task's metric over the batches; None if it has none.
    length : int or None
        Length of the sequences under a curriculum.
    """

    step: int
    loss: float
    metric: float | None = None
    length: int | None = None


def _is_better(loss: float, best: float) -> bool:
    """Whether a loss is lower than the best; any number is better than NaN."""
    return loss < best or (math.isnan(best) and not math.isnan(loss))


class Validator:
    """Evaluates a model while it is trained; `state_dict` has what later evaluations depend on.

    Parameters
    ----------
    how : Validation
    batch_size, seed : int
        As those of the training; the batches are other ones.

    Attributes
    ----------
    evaluations : list of Evaluation
        All so far.
    best : Evaluation or None
        The first with the lowest loss; under a curriculum, of those on the present length.
    without_improvement : int
        Number of evaluations since then.
    """

    def __init__(self, how: Validation, *, batch_size: int, seed: int):
        self.how = how
        self._batch_size, self._seed = batch_size, seed
        self.evaluations: list[Evaluation] = []
        self.best: Evaluation | None = None
        self.without_improvement = 0

    def is_due(self, step: int, *, steps: int) -> bool:
        """Whether an evaluation follows a training step, of so many in all."""
        return (step + 1) % self.how.every == 0 or step + 1 == steps

    def evaluate(self, model: nn.Module, task: Any, step: int, *, length: int | None = None) -> Evaluation:
        """Evaluate a model, and note whether it is the best so far.

        Parameters
        ----------
        model : nn.Module
            A copy of it is evaluated, in evaluation mode and without gradient: neither the model, nor a
            recording of it, nor torch's random generator is changed.
        task : Trainable
        step : int
            The training step after which this is.
        length : int, optional
            Noted in the evaluation.
        """
        device = Placement.of(model).device
        with torch.random.fork_rng([device] if device.type == "cuda" else []), torch.no_grad():
            losses, values = zip(*self._results(copy.deepcopy(model).eval(), task), strict=True)
        metric = sum(values) / len(values) if hasattr(task, "metric") else None
        found = Evaluation(step, sum(losses) / len(losses), metric, length)
        self.evaluations.append(found)
        if self.best is None or _is_better(found.loss, self.best.loss):
            self.best, self.without_improvement = found, 0
        else:
            self.without_improvement += 1
        return found

    def begin_again(self) -> None:
        """Forget the best evaluation, since those that follow are on other sequences."""
        self.best, self.without_improvement = None, 0

    @property
    def best_step(self) -> int | None:
        """The training step before the best evaluation; None if there is none."""
        return None if self.best is None else self.best.step

    @property
    def stopped(self) -> str:
        """Why the training ends here, in a sentence; empty if it does not."""
        patience, best = self.how.patience, self.best
        if patience is None or best is None or self.without_improvement < patience:
            return ""
        times = "evaluation" if patience == 1 else f"{patience} evaluations"
        lowest = f"the lowest was {best.loss:.4g}, after training step {best.step}"
        return f"the validation loss has not improved in the last {times}: {lowest}"

    def state_dict(self) -> dict[str, Any]:
        """Numbers, and containers of them."""
        return {
            "evaluations": [tuple(one) for one in self.evaluations],
            "best": None if self.best is None else tuple(self.best),
            "without_improvement": self.without_improvement,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`.

        Raises
        ------
        KeyError, TypeError
            If it is not one.
        """
        self.evaluations = [Evaluation(*one) for one in state["evaluations"]]
        self.best = None if state["best"] is None else Evaluation(*state["best"])
        self.without_improvement = state["without_improvement"]

    def _results(self, model: nn.Module, task: Any) -> list[tuple[float, float]]:
        """Loss and metric of every batch; the metric is 0 if the task has none."""
        place, carries = Placement.of(model), bool(getattr(task, "carries_state", False))
        found = []
        for inputs, targets in self._batches(task):
            given, wanted = place(inputs), place(targets)
            outputs = model(given, None)[0] if carries else model(given)
            metric = float(task.metric(outputs, wanted)) if hasattr(task, "metric") else 0.0
            found.append((float(task.loss(outputs, wanted)), metric))
        return found

    def _batches(self, task: Any) -> Any:
        if hasattr(task, "validation"):
            return [task.validation()]
        draw = getattr(task, "validation_batch", task.batch)
        return (
            draw(self._batch_size, validation_generator(self._seed, number))
            for number in range(self.how.batches)
        )

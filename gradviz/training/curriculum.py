"""A curriculum over lengths: a training begins with short sequences and ends with long ones."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from gradviz.arguments import check_finite, check_whole_number
from gradviz.tasks.task_length import with_length

MEDIAN_OF = 20
"""So many batches tell how well a task is solved, where there is no validation."""


@dataclass(frozen=True)
class Curriculum:
    """Lengths of the sequences, one after the other, and when the next one begins.

    Parameters
    ----------
    lengths : tuple of int
        At least two, each above the one before.  The last one stays.
    every : int, optional
        Training steps on each length but the last.
    advance_at : float, optional
        The next length begins once the task's metric has reached this value: that of the latest evaluation,
        or without a validation the median of the last 20 batches of this length.  Give this or ``every``.

    Raises
    ------
    ValueError
        If a value is not valid, or not exactly one of ``every`` and ``advance_at`` is given.

    References
    ----------
    Elman (1993), "Learning and development in neural networks: the importance of starting small"; Bengio,
    Louradour, Collobert and Weston (2009), "Curriculum learning"; by length and on success as in Zaremba and
    Sutskever (2014), "Learning to execute".

    Examples
    --------
    >>> from gradviz.training.curriculum import Curriculum
    >>> Curriculum((10, 20, 50), every=200).lengths
    (10, 20, 50)
    """

    lengths: tuple[int, ...]
    every: int | None = None
    advance_at: float | None = None

    def __post_init__(self) -> None:
        for place, length in enumerate(self.lengths):
            check_whole_number(f"lengths[{place}]", length, at_least=1)
        if len(self.lengths) < 2 or list(self.lengths) != sorted(set(self.lengths)):
            raise ValueError(
                f"lengths = {list(self.lengths)!r}: must be at least two, each above the one before"
            )
        if (self.every is None) == (self.advance_at is None):
            raise ValueError(
                "a curriculum needs either every, a number of steps, or advance_at, a value of the metric"
            )
        if self.every is not None:
            check_whole_number("every", self.every, at_least=1)
        if self.advance_at is not None:
            check_finite("advance_at", self.advance_at)


def is_reached(task: Any, value: float | None, wanted: float | None) -> bool:
    """Whether a value of a task's metric is at least as good as one that is wanted; False for None."""
    if value is None or wanted is None:
        return False
    return value >= wanted if task.metric_goal == "max" else value <= wanted


class Course:
    """Where a training stands in its curriculum; `state_dict` has what the rest depends on.

    Parameters
    ----------
    how : Curriculum
    task : Trainable
        With an option for its length; see `gradviz.tasks.task_length`.

    Attributes
    ----------
    place : int
        Index of the present length.

    Raises
    ------
    ValueError, TypeError
        If the task cannot have one of the lengths, or has no option for it.
    """

    def __init__(self, how: Curriculum, task: Any):
        self.how = how
        self._tasks = [with_length(task, length) for length in how.lengths]
        self.place = 0
        self._recent: list[float] = []

    @property
    def task(self) -> Any:
        """The task with the present length."""
        return self._tasks[self.place]

    @property
    def length(self) -> int:
        """The present length."""
        return self.how.lengths[self.place]

    @property
    def is_last(self) -> bool:
        """Whether no longer sequences follow."""
        return self.place == len(self._tasks) - 1

    def advance(self, step: int, *, batch: float | None, validation: float | None, validates: bool) -> bool:
        """Go on to the next length if it is time; called after every training step.

        Parameters
        ----------
        step : int
            The step that has just been taken, counted from 0.
        batch, validation : float or None
            The task's metric on the step's batch, and of the evaluation after it, where there was one.
        validates : bool
            Whether the training has a validation.

        Returns
        -------
        bool
            Whether the length has changed.
        """
        if self.is_last or not self._is_time(step, batch, validation, validates):
            return False
        self.place += 1
        self._recent = []
        return True

    def _is_time(self, step: int, batch: float | None, validation: float | None, validates: bool) -> bool:
        if self.how.every is not None:
            return (step + 1) % self.how.every == 0
        if validates:
            return is_reached(self.task, validation, self.how.advance_at)
        if batch is not None:
            self._recent = [*self._recent, batch][-MEDIAN_OF:]
        if len(self._recent) < MEDIAN_OF:
            return False
        return is_reached(self.task, statistics.median(self._recent), self.how.advance_at)

    def state_dict(self) -> dict[str, Any]:
        """Numbers, and a list of them."""
        return {"place": self.place, "recent": list(self._recent)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`.

        Raises
        ------
        KeyError, TypeError
            If it is not one.
        """
        self.place, self._recent = state["place"], list(state["recent"])

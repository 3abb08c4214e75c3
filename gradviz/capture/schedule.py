"""Which training steps are recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradviz.arguments import check_whole_number

Schedule = Callable[[int], bool]


@dataclass(frozen=True, repr=False)
class _Every:
    interval: int

    def __call__(self, step: int) -> bool:
        return step % self.interval == 0

    def __repr__(self) -> str:
        return f"gv.every({self.interval})"


@dataclass(frozen=True, repr=False)
class _Chosen:
    """Steps that were listed; ``made_by`` is the call that lists them."""

    steps: frozenset[int]
    made_by: str

    def __call__(self, step: int) -> bool:
        return step in self.steps

    def __repr__(self) -> str:
        return self.made_by


def every(interval: int) -> Schedule:
    """Record steps 0, interval, 2 * interval, ...

    Parameters
    ----------
    interval : int

    Returns
    -------
    callable ``step -> bool``
        Whether a training step is recorded.

    Raises
    ------
    ValueError
        If the interval is not a whole number of at least 1.

    Examples
    --------
    >>> import gradviz as gv
    >>> schedule = gv.every(20)
    >>> [step for step in range(50) if schedule(step)]
    [0, 20, 40]
    """
    return _Every(check_whole_number("every", interval, at_least=1))


def logspaced(start: int, stop: int, count: int) -> Schedule:
    """Record about ``count`` steps from ``start`` to ``stop``, evenly spaced on a logarithmic axis.

    Parameters
    ----------
    start, stop : int
        First and last recorded step; step 0 is the first if ``start`` is 0.
    count : int
        How many steps; fewer if neighbours round to the same step.

    Returns
    -------
    callable ``step -> bool``
        Whether a training step is recorded.

    Raises
    ------
    ValueError
        Unless 0 <= start < stop and count >= 2.

    Examples
    --------
    >>> import gradviz as gv
    >>> schedule = gv.logspaced(0, 1000, 4)
    >>> [step for step in range(1001) if schedule(step)]
    [0, 9, 99, 1000]
    """
    if not 0 <= start < stop or count < 2:
        raise ValueError(
            f"logspaced({start}, {stop}, {count}): needs 0 <= start < stop and a count of at least 2"
        )
    chosen = np.geomspace(start + 1, stop + 1, count).round().astype(int) - 1
    return _Chosen(frozenset(chosen.tolist()), f"gv.logspaced({start}, {stop}, {count})")


def as_schedule(given: int | Schedule) -> Schedule:
    """The schedule of an ``every=`` argument, which is an interval or a callable.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if callable(given):
        return given
    if isinstance(given, (int, np.integer)):
        return every(given)
    raise TypeError(f"every = {given!r}: must be a whole number or a callable step -> bool")


def in_words(schedule: Schedule) -> str:
    """Which of the training steps are recorded, to end a list of them; empty for every one.

    Parameters
    ----------
    schedule : callable ``step -> bool``

    Returns
    -------
    str
        Such as ``"every 20"``.
    """
    if isinstance(schedule, _Every):
        return f"every {schedule.interval}" if schedule.interval > 1 else ""
    return repr(schedule) if isinstance(schedule, _Chosen) else "those that a function chooses"

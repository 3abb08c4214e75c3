"""Which training steps are recorded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Schedule = Callable[[int], bool]


def every(interval: int) -> Schedule:
    """Record steps 0, interval, 2 * interval, ...

    Raises
    ------
    ValueError
        When the interval is not a whole number of at least 1.
    """
    if isinstance(interval, bool) or not isinstance(interval, (int, np.integer)) or interval < 1:
        raise ValueError(f"every = {interval!r}: must be a whole number of at least 1")
    return lambda step: step % interval == 0


def logspaced(start: int, stop: int, count: int) -> Schedule:
    """Record about ``count`` steps from ``start`` to ``stop``, evenly spaced on a log axis.

    Parameters
    ----------
    start, stop : int
        First and last recorded step; step 0 counts as the first where ``start`` is 0.
    count : int
        How many; fewer where neighbours round to the same step.

    Raises
    ------
    ValueError
        When not 0 <= start < stop and count >= 2.
    """
    if not 0 <= start < stop or count < 2:
        raise ValueError(
            f"logspaced({start}, {stop}, {count}): needs 0 <= start < stop and a count of at least 2"
        )
    chosen = frozenset(np.geomspace(start + 1, stop + 1, count).round().astype(int) - 1)
    return lambda step: step in chosen


def as_schedule(given: int | Schedule) -> Schedule:
    """``every=`` as the user gave it, an interval or a callable, as a callable.

    Raises
    ------
    TypeError
        When it is neither.
    """
    if callable(given):
        return given
    if isinstance(given, (int, np.integer)):
        return every(given)
    raise TypeError(f"every = {given!r}: must be a whole number or a callable step -> bool")

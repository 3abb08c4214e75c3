"""How many runs points need, so that a comparison of them, or a trend over them, can be decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gradviz.experiment.sweep.intervals import can_tell, fewest
from gradviz.experiment.sweep.trend_test import tail_of_trend


def runs_needed(tail: Callable[[int, int], float], count: int, other: int) -> str:
    """Why so many runs of two points cannot decide a comparison; empty if they can.

    Parameters
    ----------
    tail : callable
        Probability with which the clearest outcome that so many runs can have would be wrong.
    count, other : int
        Number of runs of each point, at least 1.

    Examples
    --------
    >>> from gradviz.experiment.sweep.enough_runs import runs_needed
    >>> from gradviz.experiment.sweep.intervals import tail_of_pairs
    >>> runs_needed(tail_of_pairs, 2, 4), runs_needed(tail_of_pairs, 3, 3)
    ('2 and 4 runs cannot show it, 3 and 4 can', '')
    """
    if can_tell(tail(count, other)):
        return ""
    few = f"{count} and {other} runs" if count != other else f"{count} run{'' if count == 1 else 's'} each"
    each = fewest(lambda number: tail(number, number))
    if max(count, other) < each:
        return f"{few} cannot show it, {each} each can"
    fewer, more = sorted((count, other))
    enough = fewest(lambda number: tail(number, more), beyond=fewer)
    return f"{few} cannot show it, {enough} and {more} can"


def runs_needed_at_each(sizes: Sequence[int], *, two_values: bool = False) -> str:
    """Why groups of these sizes cannot decide a claim about a trend; empty if they can.

    Parameters
    ----------
    sizes : sequence of int
        Number of runs at each value of the key, two or more values.
    two_values : bool
        Whether it is about the share of the runs that are so.

    Examples
    --------
    >>> from gradviz.experiment.sweep.enough_runs import runs_needed_at_each
    >>> runs_needed_at_each([2, 2], two_values=True), runs_needed_at_each([1, 1, 1, 1])
    ('so few runs cannot show it, 3 at each value can', '')
    """
    if can_tell(tail_of_trend(sizes, two_values=two_values)):
        return ""
    each = fewest(lambda number: tail_of_trend([number] * len(sizes), two_values=two_values))
    return f"so few runs cannot show it, {each} at each value can"

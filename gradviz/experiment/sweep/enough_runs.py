"""How many runs two points need, so that a comparison of them can be decided."""

from __future__ import annotations

from collections.abc import Callable

from gradviz.experiment.sweep.intervals import can_tell, fewest


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

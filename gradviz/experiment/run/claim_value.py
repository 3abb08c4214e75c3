"""The value that a claim is about, from the curve of a run."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Sequence

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.claim_curve import Curve, as_curve


def median_at(claim: Expectation, curve: Sequence[float] | Curve) -> float | None:
    """Median over the last ``over`` values up to the claim's step, or over those that there are.

    Parameters
    ----------
    claim : Expectation
    curve : Curve, or sequence of float
        The claim's metric; a sequence has a value for every step.

    Returns
    -------
    float or None
        None if the run ended before that step, NaN if one of the values is.
    """
    values = steps_of_median(claim, curve)
    if not values:
        return None
    return math.nan if any(map(math.isnan, values)) else statistics.median(values)


def steps_of_median(claim: Expectation, curve: Sequence[float] | Curve) -> Sequence[float]:
    """The values whose median a claim is about; empty if the run ended before its step."""
    steps, values, taken = as_curve(curve)
    last = taken - 1 if claim.at == "end" else int(claim.at)
    if not 0 <= last < taken:
        return []
    end = bisect.bisect_right(steps, last)
    return values[max(0, end - claim.over) : end]


def steps_until(claim: Expectation, curve: Sequence[float] | Curve) -> int | None:
    """Training steps until the median of the last ``over`` values is below or above the claim's limit.

    Parameters
    ----------
    claim : Expectation
        With ``until_below`` or ``until_above``.
    curve : Curve, or sequence of float
        The claim's metric; a sequence has a value for every step.

    Returns
    -------
    int or None
        A median over fewer values than ``over`` does not count. None if it is never reached. A
        value that is NaN counts as one beyond the limit.

    Examples
    --------
    >>> from gradviz.experiment.config.claim_schema import Expectation
    >>> from gradviz.experiment.run.claim_value import steps_until
    >>> steps_until(Expectation(metric="loss", until_below=0.5, over=3), [0.1, 0.9, 0.8, 0.4, 0.3])
    5
    """
    falls = claim.until_below is not None
    limit = claim.until_below if claim.until_below is not None else claim.until_above
    if limit is None:
        raise ValueError("the claim has neither until_below nor until_above")
    worst = math.inf if falls else -math.inf
    steps, values, _ = as_curve(curve)
    known = [worst if math.isnan(value) else value for value in values]
    window = sorted(known[: claim.over])
    for end in range(claim.over, len(known) + 1):
        if end > claim.over:
            del window[bisect.bisect_left(window, known[end - claim.over - 1])]
            bisect.insort(window, known[end - 1])
        middle = statistics.median(window)  # of a sorted list: no more than a look at its middle
        if middle < limit if falls else middle > limit:
            return steps[end - 1] + 1
    return None

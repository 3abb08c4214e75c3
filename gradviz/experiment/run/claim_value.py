"""The value that a claim is about, from the curve of a run."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Sequence

import numpy as np

from gradviz.experiment.config.claim_schema import ALL, MEAN, Expectation
from gradviz.experiment.run.claim_curve import Curve, as_curve


def value_at_step(claim: Expectation, curve: Sequence[float] | Curve) -> float | None:
    """Summary of the last ``over`` values up to the claim's step, or of those that there are.

    Parameters
    ----------
    claim : Expectation
    curve : Curve, or sequence of float
        The claim's metric; a sequence has a value for every step.

    Returns
    -------
    float or None
        The median or the mean, as ``over_steps`` says; for ``"all"`` the one that is farthest from meeting
        the claim. None if the run ended before that step, NaN if one of the values is.

    Examples
    --------
    >>> from gradviz.experiment.config.claim_schema import Expectation
    >>> from gradviz.experiment.run.claim_value import value_at_step
    >>> value_at_step(Expectation(metric="loss", below=0.5, over=3, over_steps="all"), [0.9, 0.1, 0.4, 0.3])
    0.4
    """
    values = values_of_claim(claim, curve)
    if not values:
        return None
    if any(map(math.isnan, values)):
        return math.nan
    if claim.over_steps == ALL:
        return min(values, key=lambda value: _margin(claim, value))
    return statistics.fmean(values) if claim.over_steps == MEAN else statistics.median(values)


def values_of_claim(claim: Expectation, curve: Sequence[float] | Curve) -> Sequence[float]:
    """The values that a claim is about; empty if the run ended before its step."""
    steps, values, taken = as_curve(curve)
    last = taken - 1 if claim.at == "end" else int(claim.at)
    if not 0 <= last < taken:
        return []
    end = bisect.bisect_right(steps, last)
    return values[max(0, end - claim.over) : end]


def steps_until(claim: Expectation, curve: Sequence[float] | Curve) -> int | None:
    """Training steps until the last ``over`` values are below or above the claim's limit.

    Parameters
    ----------
    claim : Expectation
        With ``until_below`` or ``until_above``; ``over_steps`` says whether their median, their mean or all
        of them must be so.
    curve : Curve, or sequence of float
        The claim's metric; a sequence has a value for every step.

    Returns
    -------
    int or None
        Fewer values than ``over`` do not count. None if it is never reached. A value that is NaN counts as
        one beyond the limit.

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
    steps, values, _ = as_curve(curve)
    sign = 1.0 if falls else -1.0  # so that small values are those that the claim wants
    known = [math.inf if math.isnan(value) else sign * value for value in values]
    if claim.over_steps in (MEAN, ALL):
        end = _first_window(np.array(known), claim, sign * limit)
    else:
        end = _first_median(known, claim.over, sign * limit)
    return None if end is None else steps[end - 1] + 1


def _margin(claim: Expectation, value: float) -> float:
    """By how much a value meets the limits of a claim; negative if it does not."""
    margins = [] if claim.below is None else [claim.below - value]
    margins += [] if claim.above is None else [value - claim.above]
    margins += [] if claim.near is None else [(claim.tolerance or 0) - abs(value - claim.near)]
    return min(margins)


def _first_window(values: np.ndarray, claim: Expectation, limit: float) -> int | None:
    """The end of the first window whose mean, or whose largest value, is below a limit."""
    if len(values) < claim.over:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(values, claim.over)
    with np.errstate(invalid="ignore"):  # inf - inf
        summary = windows.max(axis=1) if claim.over_steps == ALL else windows.mean(axis=1)
    found = np.flatnonzero(summary < limit)
    return int(found[0]) + claim.over if len(found) else None


def _first_median(values: Sequence[float], over: int, limit: float) -> int | None:
    window = sorted(values[:over])
    for end in range(over, len(values) + 1):
        if end > over:
            del window[bisect.bisect_left(window, values[end - over - 1])]
            bisect.insort(window, values[end - 1])
        if statistics.median(window) < limit:  # of a sorted list: no more than a look at its middle
            return end
    return None

"""How often trainings fail whose gradient has lost so many decades: counts from many small trainings.

The trainings stand in ``experiments/vanishing`` of the repository, with their protocol. A test counts them
again.
"""

from __future__ import annotations

import bisect
import math
from typing import NamedTuple

from gradviz.arguments import check_whole_number
from gradviz.diagnosis.outcome_counts import BY_STEP, EDGES

_NORMAL_95 = 1.959964  # 97.5 % quantile of the normal distribution


class Outcomes(NamedTuple):
    """How trainings ended that had lost about as many decades.

    Attributes
    ----------
    failed : int
        Trainings that did not learn their task.
    trained : int
        All of them.
    low, high : float
        Confidence interval of 95 % for the probability of failure, by Wilson.
    """

    failed: int
    trained: int
    low: float
    high: float

    @property
    def fraction(self) -> float:
        """Fraction that failed; NaN if there was no such training."""
        return self.failed / self.trained if self.trained else math.nan


def outcomes(lost: float, *, fixed: bool = True, step: int = 30) -> Outcomes:
    """How trainings ended that had lost about as many decades of gradient over the lag of their task.

    Parameters
    ----------
    lost : float
        Decades lost over the lag; infinite if no gradient arrives.
    fixed : bool
        Whether the task has one fixed lag; false if it rewards shorter lags too.
    step : int
        Training step at which they are lost. Counted are the trainings at the last tabulated step up to it.

    Returns
    -------
    Outcomes

    Raises
    ------
    ValueError
        If the decades are NaN, or the step is not a whole number of at least 0.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22.

    Examples
    --------
    >>> from gradviz.diagnosis.reliability import outcomes
    >>> far, near = outcomes(20.0), outcomes(0.0)
    >>> far.fraction > 0.9, near.fraction < 0.3
    (True, True)
    """
    if math.isnan(lost):
        raise ValueError("lost = nan: no gradient, so nothing is known of what follows")
    check_whole_number("step", step, at_least=0)
    counted = max(known for known in BY_STEP if known <= step)
    place = bisect.bisect_right(EDGES, lost)
    failed, trained = (row[place] for row in BY_STEP[counted]["fixed" if fixed else "spread"])
    return Outcomes(failed, trained, *wilson(failed, trained))


def lost_from(fraction: float, *, step: int = 30) -> float:
    """The decades lost from which on at least this fraction of the trainings with a fixed lag failed.

    Parameters
    ----------
    fraction : float
        In (0, 1].
    step : int
        A tabulated training step.

    Returns
    -------
    float
        The lower edge of the first bin from which on every bin has that fraction; infinite if there is none.
    """
    row = zip(*BY_STEP[step]["fixed"], strict=True)
    reached = [trained > 0 and failed >= fraction * trained for failed, trained in row]
    below = [place for place, is_reached in enumerate(reached) if not is_reached]
    first = below[-1] + 1 if below else 0
    return math.inf if first > len(EDGES) else EDGES[first - 1] if first else -math.inf


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Confidence interval of 95 % for a probability; (0, 1) without trials.

    Parameters
    ----------
    successes, trials : int

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> from gradviz.diagnosis.reliability import wilson
    >>> [round(end, 3) for end in wilson(0, 10)]
    [0.0, 0.278]
    """
    if not trials:
        return 0.0, 1.0
    square = _NORMAL_95**2
    fraction = successes / trials
    centre = (fraction + square / (2 * trials)) / (1 + square / trials)
    spread = fraction * (1 - fraction) / trials + square / (4 * trials**2)
    half = _NORMAL_95 / (1 + square / trials) * math.sqrt(spread)
    return max(min(centre - half, fraction), 0.0), min(max(centre + half, fraction), 1.0)  # but for rounding

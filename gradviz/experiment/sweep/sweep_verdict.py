"""The verdict on a claim over several runs of a sweep."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from gradviz.experiment.config.condition_values import in_words
from gradviz.experiment.sweep.intervals import Interval

Outcome = Literal["met", "not met", "the seeds do not tell"]
MET: Outcome = "met"
NOT_MET: Outcome = "not met"
OPEN: Outcome = "the seeds do not tell"


class Found(NamedTuple):
    """What the values of runs say of a claim: the outcome, the numbers in words, the value, its interval."""

    outcome: Outcome
    numbers: str
    value: float | None
    interval: Interval | None


class RunValue(NamedTuple):
    """The value of a claim in one run.

    Attributes
    ----------
    seed : int
    value : float or None
        None where it is not known: the run has no result, or did not reach the limit.
    at_least : float or None
        Of a number of steps that was not reached: those that the run has.
    compared : bool
        Whether the claim compares with this run; else it is about it.
    trend_at : float or None
        Of a claim about a trend: the run's value of the key with which it rises or falls.
    """

    seed: int
    value: float | None
    at_least: float | None = None
    compared: bool = False
    trend_at: float | None = None


class SweepVerdict(NamedTuple):
    """A claim over several runs, and what they say.

    Attributes
    ----------
    claim : str
        The claim in words.
    point : dict
        The swept values that the runs share, by dotted key.
    outcome : {"met", "not met", "the seeds do not tell"}
        The last one if the claim's limit lies in the interval, or the runs are too few.
    numbers : str
        The numbers in words.
    value, low, high : float or None
        The median, the share of the runs, the ratio (where values are negative the difference), the
        difference of two shares or Kendall's tau-b of a trend, and the interval around it; of a value that is
        known only to lie between two numbers the smaller one. None without a run that has a result; a trend
        has no interval.
    coverage : float or None
        Probability with which such an interval holds it.
    runs : int
        Number of runs that have a result.
    source : str
    values : list of RunValue
        Of all runs that the claim puts together.
    """

    claim: str
    point: dict[str, Any]
    outcome: Outcome
    numbers: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    coverage: float | None = None
    runs: int = 0
    source: str = ""
    values: tuple[RunValue, ...] = ()

    def __str__(self) -> str:
        at = in_words(self.point)
        source = f" ({self.source})" if self.source else ""
        word = "NOT MET" if self.outcome == NOT_MET else self.outcome
        return f"{word}: {self.claim}{f', at {at}' if at else ''}: {self.numbers}{source}"

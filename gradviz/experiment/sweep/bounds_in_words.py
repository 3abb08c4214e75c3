"""Values of runs, and what lies between two numbers, in words."""

from __future__ import annotations

import math

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.run.expectations import until_limit
from gradviz.experiment.sweep.intervals import Bounds


def amount(claim: Expectation, value: Bounds) -> str:
    """The value of a claim, with its unit."""
    if until_limit(claim) is None:
        return between(value)
    words = between(value)
    return "not reached" if value.low == math.inf else f"{words} step{'' if words == '1' else 's'}"


def number(value: float) -> str:
    """A number with four digits."""
    return f"{value:.4g}"


def between(value: Bounds) -> str:
    """A value that is known to lie between two numbers.

    Examples
    --------
    >>> from gradviz.experiment.sweep.bounds_in_words import between
    >>> from gradviz.experiment.sweep.intervals import Bounds
    >>> between(Bounds(2.0, 2.0)), between(Bounds(2.0, float("inf"))), between(Bounds(0.0, float("inf")))
    ('2', 'at least 2', 'anything')
    """
    if value.low == value.high:
        return number(value.low)
    if value.high == math.inf:
        return "anything" if value.low in (0, -math.inf) else f"at least {number(value.low)}"
    if value.low in (0, -math.inf):
        return f"at most {number(value.high)}"
    return f"{number(value.low)} to {number(value.high)}"

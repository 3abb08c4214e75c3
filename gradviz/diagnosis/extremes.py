"""The largest and the smallest of several numbers of findings."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gradviz.diagnosis.finding import Amount


def largest(amounts: Iterable[Amount]) -> Amount:
    """The largest amount; NaN only if all are NaN."""
    return max(amounts, key=lambda amount: -math.inf if math.isnan(amount.value) else amount.value)


def smallest(amounts: Iterable[Amount]) -> Amount:
    """The smallest amount; NaN only if all are NaN."""
    return min(amounts, key=lambda amount: math.inf if math.isnan(amount.value) else amount.value)

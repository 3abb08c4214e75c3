"""One row of the table of limits: what was measured, in which unit, and what it may be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gradviz.benchmark.timing import quartiles


@dataclass(frozen=True)
class Row:
    """What was measured, beside its limit.

    Attributes
    ----------
    part : str
        The heading that it stands under.
    what : str
    low, median, high : float
        Quartiles of the runs, in the unit.
    unit : str
        ``"ms"``, or what a ratio is a multiple of, as in ``"× native"``.
    runs : int
        Number of runs, or of pairs of runs.
    limit : float, optional
        The median that is allowed; None if nothing is stated.
    at_least : bool
        Whether the limit is the least that is allowed, and not the most.
    beside : str
        Other numbers that tell what it comes from.
    """

    part: str
    what: str
    low: float
    median: float
    high: float
    unit: str
    runs: int = 1
    limit: float | None = None
    at_least: bool = False
    beside: str = ""

    @property
    def is_met(self) -> bool | None:
        """Whether the median is within the limit; None if there is no limit."""
        if self.limit is None:
            return None
        return self.median >= self.limit if self.at_least else self.median <= self.limit

    @property
    def verdict(self) -> str:
        """Whether it is within its limit, and if not by how much.

        Examples
        --------
        >>> Row("step", "LSTM", 1.4, 1.5, 1.6, "× native", limit=1.2).verdict
        'over by 0.3'
        >>> Row("sweep", "2 workers", 0.9, 0.9, 0.9, "", limit=0.85, at_least=True).verdict
        'within'
        """
        if self.limit is None:
            return ""
        if self.is_met:
            return "within"
        return f"{'under' if self.at_least else 'over'} by {abs(self.median - self.limit):.2g}"

    @property
    def limit_text(self) -> str:
        """The limit in words, or nothing."""
        return "" if self.limit is None else f"at {'least' if self.at_least else 'most'} {self.limit:g}"

    @property
    def measured_text(self) -> str:
        """The median and its unit, and the quartiles in brackets if there are several runs."""
        spread = f" [{number(self.low, self.median)} to {number(self.high, self.median)}]"
        unit = f" {self.unit}" if self.unit else ""
        return f"{number(self.median, self.median)}{unit}{spread if self.runs > 1 else ''}"


def row_of(
    part: str, what: str, values: Sequence[float], *, unit: str, limit: float | None = None, beside: str = ""
) -> Row:
    """A row with the quartiles of the values of several runs.

    Examples
    --------
    >>> row_of("step", "GRU", [1.0, 2.0, 4.0], unit="ms", limit=3).measured_text
    '2.00 ms [1.50 to 3.00]'
    """
    return Row(part, what, *quartiles(values), unit, len(values), limit, beside=beside)


def number(value: float, like: float) -> str:
    """A number with three digits of another one, and at most four places.

    Examples
    --------
    >>> number(1.2345, 1.0), number(123.4, 123.4), number(0.0, 0.0)
    ('1.23', '123', '0.00')
    """
    size = abs(like)
    places = 2 if size == 0 or not math.isfinite(size) else max(0, min(4, 2 - math.floor(math.log10(size))))
    return f"{value:.{places}f}"


def limits_text(rows: Sequence[Row]) -> str:
    """The rows as a table under their headings, and how many are within their limits.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    str
    """
    lines = ["Limits: medians [quartiles] of alternating runs in one process."]
    width = max((len(row.what) for row in rows), default=0)
    measured = max((len(row.measured_text) for row in rows), default=0)
    limits = max((len(row.limit_text) for row in rows), default=0)
    for part in dict.fromkeys(row.part for row in rows):
        lines += ["", part]
        for row in (row for row in rows if row.part == part):
            line = f"  {row.what:{width}}  {row.measured_text:{measured}}  {row.limit_text:{limits}}"
            lines.append(f"{line}  {row.verdict}".rstrip())
    return "\n".join([*lines, "", sum_text(rows)])


def sum_text(rows: Sequence[Row]) -> str:
    """How many rows are within their limits.

    Examples
    --------
    >>> sum_text([Row("a", "b", 1, 1, 1, "s", limit=2), Row("a", "c", 3, 3, 3, "s", limit=2)])
    '1 of 2 limits met'
    """
    stated = [row for row in rows if row.limit is not None]
    return f"{sum(bool(row.is_met) for row in stated)} of {len(stated)} limits met"

"""Numbers, medians with their range, and Markdown that nothing in a text can break."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def short_number(value: float | None) -> str:
    """A number with three digits; a dash if it is not known.

    Examples
    --------
    >>> from gradviz.reproductions.numbers_in_words import short_number
    >>> short_number(0.012345), short_number(12345.6), short_number(float("inf")), short_number(None)
    ('0.0123', '12,346', '∞', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0.0:.3g}"  # 0, not −0
    return text.replace("-", "−")


def decades(value: float) -> str:
    """Decades with one digit behind the point."""
    if math.isinf(value) or math.isnan(value):
        return short_number(value)
    return f"{round(value, 1) + 0.0:.1f}".replace("-", "−")  # 0.0, not −0.0


def median_and_range(values: Sequence[float]) -> str:
    """The median of values, and between which they lie.

    Examples
    --------
    >>> from gradviz.reproductions.numbers_in_words import median_and_range
    >>> median_and_range([1.0, 2.5, 9.0]), median_and_range([2.0]), median_and_range([])
    ('2.5 (1.0 to 9.0)', '2.0', '–')
    """
    if not values:
        return "–"
    middle = decades(float(np.median(values)))
    low, high = decades(min(values)), decades(max(values))
    return middle if low == high else f"{middle} ({low} to {high})"


def counted(number: int, noun: str) -> str:
    """A number with a noun: "1 run", "3 runs"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """Words with commas, and "and" before the last."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def in_a_cell(text: str) -> str:
    """Text that a cell of a Markdown table can hold."""
    return " ".join(str(text).split()).replace("|", r"\|")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table; none without rows."""
    if not rows:
        return []
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(in_a_cell(cell) for cell in row)} |" for row in lines]


def sentence(text: str) -> str:
    """Text on one line with a full stop at its end."""
    words = " ".join(text.split())
    return words if not words or words[-1] in ".!?" else f"{words}."


def seeds_in_words(seeds: Sequence[int]) -> str:
    """Seeds as ranges.

    Examples
    --------
    >>> from gradviz.reproductions.numbers_in_words import seeds_in_words
    >>> seeds_in_words([3, 0, 1, 2, 7])
    '0 to 3, 7'
    """
    ranges: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if ranges and seed == ranges[-1][-1] + 1:
            ranges[-1] = [ranges[-1][0], seed]
        else:
            ranges.append([seed])
    return ", ".join(" to ".join(map(str, one)) for one in ranges)

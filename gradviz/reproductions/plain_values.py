"""Values as a file of results holds them: what TOML has as JSON has it, and numbers with four digits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_DIGITS = 4


def rounded(value: float) -> float:
    """A number with four significant digits; a whole number, and one that is not finite, as it is.

    Examples
    --------
    >>> from gradviz.reproductions.plain_values import rounded
    >>> rounded(0.123456), rounded(12345.0), rounded(float("inf"))
    (0.1235, 12345.0, inf)
    """
    if not math.isfinite(value) or value == int(value):
        return value
    return float(f"{value:.{_DIGITS}g}")


def rounded_all(values: Mapping[str, float]) -> dict[str, float]:
    """Numbers by name, each with four significant digits."""
    return {name: rounded(value) for name, value in values.items()}


def as_json(value: Any) -> Any:
    """What came from TOML as it is read from JSON again, so that both can be compared.

    A number that is not finite, a date and a time are text.
    """
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)

"""Checks that the tasks share."""

from __future__ import annotations


def whole_number(name: str, value: object, at_least: int) -> int:
    """``value`` if it is a whole number of at least ``at_least``.

    Raises
    ------
    ValueError
        When it is not; the message names the option, what came and what would work.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise ValueError(f"{name} = {value!r}: must be a whole number of at least {at_least}")
    return value

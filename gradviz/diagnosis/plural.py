"""Counts in sentences."""

from __future__ import annotations


def counted(count: float, noun: str) -> str:
    """A count with its noun, such as "1 time step" or "12 time steps".

    Parameters
    ----------
    count : float
        Rounded to a whole number.
    noun : str
        In the singular; its plural ends in s.

    Returns
    -------
    str
    """
    number = f"{count:.0f}"
    return f"{number} {noun}{'s' * (number != '1')}"

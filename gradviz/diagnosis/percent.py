"""Fractions in sentences."""

from __future__ import annotations


def percent(fraction: float) -> str:
    """A fraction as a percentage that never says 0% of something, nor 100% of less than all.

    Parameters
    ----------
    fraction : float
        In [0, 1].

    Returns
    -------
    str
        Such as "0.02%", "38%" or "99.97%".
    """
    hundredths = 100 * fraction
    if fraction in (0, 1) or 1 <= hundredths <= 99:
        return f"{hundredths:.0f}%"
    if hundredths < 1:
        return f"{hundredths:.1g}%" if hundredths >= 1e-4 else "less than 0.0001%"
    if 100 - hundredths < 1e-4:
        return "more than 99.9999%"
    return f"{100 - float(f'{100 - hundredths:.1g}'):.6g}%"

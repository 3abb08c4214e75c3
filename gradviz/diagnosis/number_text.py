"""Numbers in sentences."""

from __future__ import annotations


def steps(count: float) -> str:
    """So many time steps, in words."""
    return f"{count:.0f} time step{'s' * (round(count) != 1)}"

"""How much of one gate is saturated: from the recorded fractions, or from the activations themselves."""

from __future__ import annotations

import xarray as xr

from gradviz.cell_descriptions import SQUASH, CellDescription
from gradviz.errors import unknown_name
from gradviz.recording.tree import check_variable
from gradviz.vocabulary import GATE_LEFT, GATE_RIGHT, SAMPLE, STEP, TIME, UNIT, UNIT_LEFT, UNIT_RIGHT

SIDES = {"both": "saturated", "left": "left-saturated", "right": "right-saturated"}
"""The sides of a gate's range, and the word for a gate that is saturated there."""

RECORDED_OVER = {TIME: (GATE_LEFT, GATE_RIGHT), UNIT: (UNIT_LEFT, UNIT_RIGHT)}
"""The recorded fractions, left and right, by the dim that they have besides the training step."""


def check_side(side: str) -> None:
    """Raise `UnknownName` unless `side` is a key of ``SIDES``."""
    if side not in SIDES:
        raise unknown_name("side", side, SIDES)


def thresholds(cell: CellDescription, gate: str) -> tuple[float, float]:
    """Activations at or beyond which a gate is left- and right-saturated; a relu and an exp have no right."""
    squash = SQUASH[cell.squash[gate]]
    return squash.low, squash.high


def saturated_fraction(chosen: xr.Dataset, *, side: str = "both", over: str = TIME) -> xr.DataArray:
    """Recorded saturated fraction of one gate.

    Parameters
    ----------
    chosen : Dataset
        One gate of one layer and direction.
    side : {"both", "left", "right"}
    over : {"time", "unit"}

    Returns
    -------
    DataArray, dims (over, step)
        In [0, 1].

    Raises
    ------
    UnknownName
        If there is no such side.
    BadRecording
        If the gates were not recorded.
    """
    check_side(side)
    left, right = (check_variable(chosen, name) for name in RECORDED_OVER[over])
    if side == "both":
        whole = "activations" if over == TIME else "time"
        fraction = (left + right).assign_attrs(
            long_name=f"saturated fraction of {whole}, left or right", units="1"
        )
    else:
        fraction = left if side == "left" else right
    return fraction.transpose(over, STEP)


def saturated_sequences(gates: xr.DataArray, low: float, high: float, *, side: str) -> xr.DataArray:
    """Fraction of sequences in which each unit's gate is saturated.

    Parameters
    ----------
    gates : DataArray, dims (time, sample, unit)
        Activations; NaN after the end of a sequence, which then does not count.
    low, high : float
        As `thresholds` returns them.
    side : {"both", "left", "right"}

    Returns
    -------
    DataArray, dims (unit, time)
        In [0, 1]; NaN where every sequence has ended.
    """
    beyond = {"left": gates <= low, "right": gates >= high}
    beyond["both"] = beyond["left"] | beyond["right"]
    return beyond[side].where(gates.notnull()).mean(SAMPLE).transpose(UNIT, TIME)

"""Saturated gates of a run's layers at its last recorded step, after Karpathy, Johnson and Fei-Fei (2015)."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.recording.load import load
from gradviz.recording.tree import select_call
from gradviz.vocabulary import DIRECTION, GATE, LAYER, STEP, UNIT, UNIT_LEFT, UNIT_RIGHT

ABOVE_FIRST = "saturation_above_first"
NAMES = ("left_*", "right_*", "often_left_*", "often_right_*", "saturated_*", ABOVE_FIRST)

OFTEN = 0.9
"""A unit's gate is often saturated on a side if it is so for more than this fraction of the time."""


def measure(folder: Path) -> dict[str, float]:
    """Fractions of the time and of the units, by gate and layer, over the recorded sequences.

    A gate is left-saturated below 0.1 and right-saturated above 0.9.

    Parameters
    ----------
    folder : Path
        Of a run whose recording has one module.

    Returns
    -------
    dict of str to float
        For each gate (not the candidate) and each layer, counted from 0: ``left_forget_0`` and
        ``right_forget_0``, the fraction of the time that the units' gates are saturated on that side;
        ``often_left_forget_0`` and ``often_right_forget_0``, the share of units that are so for more than
        `OFTEN` of the time.  For each layer ``saturated_0``, the fraction of the time on either side, over
        all these gates.  With several layers ``saturation_above_first``, by how much the least saturated of
        the higher layers is above the first.  Empty for a cell without gates, such as a plain RNN.

    Raises
    ------
    FileNotFoundError, BadRecording
        If there is no recording, it is damaged, or it has several modules.
    """
    dataset = select_call(load(folder))
    gates = list(cell_of(dataset.attrs).sigmoid_gates)
    if not gates:
        return {}
    last = dataset.isel({STEP: -1, DIRECTION: 0})
    sides = {"left": last[UNIT_LEFT].sel({GATE: gates}), "right": last[UNIT_RIGHT].sel({GATE: gates})}
    found: dict[str, float] = {}
    for side, fractions in sides.items():
        found |= _by_gate(side, fractions.mean(UNIT))
        found |= _by_gate(f"often_{side}", (fractions > OFTEN).mean(UNIT))
    both = (sides["left"] + sides["right"]).mean([GATE, UNIT])
    by_layer = [both.sel({LAYER: layer}).item() for layer in both[LAYER].values]
    found |= {f"saturated_{layer}": value for layer, value in enumerate(by_layer)}
    if len(by_layer) > 1:
        found[ABOVE_FIRST] = min(by_layer[1:]) - by_layer[0]
    return found


def _by_gate(name: str, values: xr.DataArray) -> dict[str, float]:
    return {
        f"{name}_{gate}_{layer}": values.sel({GATE: gate, LAYER: layer}).item()
        for gate in values[GATE].values
        for layer in values[LAYER].values
    }

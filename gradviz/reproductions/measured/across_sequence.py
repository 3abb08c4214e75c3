"""Gradient lost from the last time step of a sequence to the first ones, at three moments of a training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from gradviz.recording.load import load
from gradviz.recording.tree import select_call
from gradviz.vocabulary import DIRECTION, LAYER, LOG10_GRAD_C, LOG10_GRAD_H, SAMPLE, STEP, TIME

NAMES = (
    *(f"lost_across_sequence_h_{moment}" for moment in ("start", "middle", "end")),
    *(f"lost_across_sequence_c_{moment}" for moment in ("start", "middle", "end")),
)

FIRST = 3
"""How many of the first time steps are taken together."""

_MOMENTS = {"start": 0.0, "middle": 0.5, "end": 1.0}  # parts of the recorded training steps
_STATES = {"h": LOG10_GRAD_H, "c": LOG10_GRAD_C}


def measure(folder: Path) -> dict[str, float]:
    """Decades by which the gradient at the first three time steps is below that at the last one.

    Where the loss reads every time step, this is not the gradient of the last answer alone: what the answers
    on the way bring is in it.

    Parameters
    ----------
    folder : Path
        Of a run whose recording has one module.

    Returns
    -------
    dict of str to float
        ``lost_across_sequence_h_start``, ``_middle`` and ``_end``: at the hidden state of the last layer, at
        the first, the middle and the last recorded training step; the mean of the decades at the three time
        steps, and of that the median over the sequences.  For an LSTM also ``lost_across_sequence_c_*``, at
        the cell state.  Without a number where it is not known.

    Raises
    ------
    FileNotFoundError, BadRecording
        If there is no recording, it is damaged, or it has several modules.
    """
    dataset = select_call(load(folder))
    found = {}
    for state, variable in _STATES.items():
        if variable not in dataset:
            continue
        lost = _lost(dataset[variable].isel({LAYER: -1, DIRECTION: 0}))
        for moment, part in _MOMENTS.items():
            value = float(lost[round(part * (len(lost) - 1))])
            if not np.isnan(value):
                found[f"lost_across_sequence_{state}_{moment}"] = value
    return found


def _lost(norms: xr.DataArray) -> np.ndarray:
    """Decades lost at every recorded step; NaN where no sequence tells."""
    norms = norms.transpose(STEP, TIME, SAMPLE)
    with np.errstate(invalid="ignore"):
        decades = norms.values[:, -1] - norms.values[:, :FIRST].mean(axis=1)  # (step, sample)
    known = [row[~np.isnan(row)] for row in decades]
    return np.array([np.median(row) if row.size else np.nan for row in known])

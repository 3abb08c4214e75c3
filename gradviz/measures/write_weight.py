"""How much of what comes by a unit takes into its state."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import CELL, GATE, LOG10_GRAD_H, SAMPLE, TIME, UNIT, UNIT_MEAN, describe_cell

WRITE_WEIGHT, MEDIAN = "write_weight", "write_weight_median"


def write_weight(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Weight with which a unit writes, summed over a sequence: the input gate, in a GRU one minus the "
    "update gate.

    Near 1 or above, a unit can fill its state in the course of a sequence. Far below 1 it hardly writes at
    all, and its state stays what it was at the start, however well it is kept.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), in [0, 1]. Of a module called several
        times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset
        ``write_weight``, dims (step, layer, direction, unit): mean writing weight times the time steps of the
        longest sequence. ``write_weight_median``: over units.

    Raises
    ------
    BadRecording
        If the cell has no gate that it writes through, or there are several calls.
    """
    dataset = select_call(data, module=module)
    cell = describe_cell(dataset.attrs.get(CELL))
    means = check_variable(dataset, UNIT_MEAN)
    if cell.writes is None:
        raise BadRecording(
            f"this {cell.label} has no gate that it writes through; an LSTM and a GRU have one"
        )
    gate = means.sel({GATE: cell.writes}, drop=True)
    steps = check_variable(dataset, LOG10_GRAD_H).notnull().sum(TIME).max(SAMPLE)
    taken = (1 - gate if cell.writes == cell.keeps else gate) * steps
    taken = taken.transpose(*gate.dims)
    meaning = "weight with which a unit writes, summed over a sequence"
    return with_units(
        {
            WRITE_WEIGHT: (taken, meaning, "1"),
            MEDIAN: (taken.median(UNIT), f"{meaning} (median over units)", "1"),
        }
    )

"""Relu units that pass nothing on, forward or backward."""

from __future__ import annotations

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.is_one import is_one
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import CELL, GATE, UNIT, UNIT_LEFT, describe_cell

DEAD = "dead"
DEAD_COUNT = "dead_count"
DEAD_FRACTION = "dead_fraction"


def dead_units(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Units of a relu RNN that were zero at every time step of every recorded sequence.

    Such a unit has no gradient at its weights, and comes back only if its input changes.

    Parameters
    ----------
    data : Dataset or DataTree
        Of a relu RNN; has ``unit_left``, dims (step, layer, direction, gate, unit), in [0, 1]. Of a module
        called several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset
        ``dead``, dims (step, layer, direction, unit): 1 or 0, NaN where there is no such unit;
        ``dead_count`` and ``dead_fraction``, dims (step, layer, direction).

    Raises
    ------
    BadRecording
        If the module is no relu RNN, its units were not recorded, or there are several calls.
    """
    dataset = select_call(data, module=module)
    cell = describe_cell(dataset.attrs.get(CELL))
    if not cell.is_rectified:
        raise BadRecording(
            f"only relu units can be dead, and this is a recording of {cell.label}; "
            "stuck_units tells which gates of its units stay saturated"
        )
    dead = is_one(check_variable(dataset, UNIT_LEFT).isel({GATE: 0}, drop=True))
    return with_units(
        {
            DEAD: (dead, "whether the unit is zero all of the time", "1"),
            DEAD_COUNT: (dead.sum(UNIT), "units that are zero all of the time", "units"),
            DEAD_FRACTION: (dead.mean(UNIT), "fraction of units that are zero all of the time", "1"),
        }
    )

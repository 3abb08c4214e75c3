"""Which units' gates sit where they no longer pass gradient, and how much of the time."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.is_one import is_one
from gradviz.measures.saturation import BOTH, LEFT, RIGHT
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import LEFT_MEANING, RIGHT_MEANING, UNIT, UNIT_LEFT, UNIT_RIGHT

FULLY_SATURATED = "fully_saturated_fraction"


def unit_saturation(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Fractions of time for which each unit's gates are saturated, and how many units always are.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_left`` and ``unit_right``, dims (step, layer, direction, gate, unit), in [0, 1]. Of a
        module called several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset
        ``left``, ``right`` and their sum ``both``, dims of ``unit_left``: fractions over time and sequences.
        ``fully_saturated_fraction``, without the dim unit: the fraction of units that are saturated all of
        the time, on whichever side; those that stay on one side are what `stuck_units` counts.

    Raises
    ------
    BadRecording
        If the units were not recorded, or there are several calls.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.
    """
    dataset = select_call(data, module=module)
    left, right = check_variable(dataset, UNIT_LEFT), check_variable(dataset, UNIT_RIGHT)
    always = is_one(left + right).mean(UNIT)
    return with_units(
        {
            LEFT: (left, f"fraction of time {LEFT_MEANING}", "1"),
            RIGHT: (right, f"fraction of time {RIGHT_MEANING}", "1"),
            BOTH: (left + right, "saturated fraction of time, left and right", "1"),
            FULLY_SATURATED: (always, "fraction of units saturated all of the time", "1"),
        }
    )

"""Units that never move: a gate at one end of its range for every input."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.is_one import is_one
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import LEFT_MEANING, RIGHT_MEANING, UNIT, UNIT_LEFT, UNIT_RIGHT

STUCK_LEFT, STUCK_RIGHT = "stuck_left", "stuck_right"
STUCK_LEFT_FRACTION, STUCK_RIGHT_FRACTION = "stuck_left_fraction", "stuck_right_fraction"


def stuck_units(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Units whose gate was saturated on one side at every time step of every recorded sequence.

    A forget gate (in a GRU, an update gate) that is stuck on the right keeps its state for ever, which may
    be just what was learned; its time constant tells how long.

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
        ``stuck_left`` and ``stuck_right``, dims of ``unit_left``: 1 or 0, NaN where there is no such unit.
        ``stuck_left_fraction`` and ``stuck_right_fraction``, without the dim unit, in [0, 1].

    Raises
    ------
    BadRecording
        If the units were not recorded, or there are several calls.
    """
    dataset = select_call(data, module=module)
    left = is_one(check_variable(dataset, UNIT_LEFT))
    right = is_one(check_variable(dataset, UNIT_RIGHT))
    return with_units(
        {
            STUCK_LEFT: (left, f"whether all of the time {LEFT_MEANING}", "1"),
            STUCK_RIGHT: (right, f"whether all of the time {RIGHT_MEANING}", "1"),
            STUCK_LEFT_FRACTION: (left.mean(UNIT), f"fraction of units all of the time {LEFT_MEANING}", "1"),
            STUCK_RIGHT_FRACTION: (
                right.mean(UNIT),
                f"fraction of units all of the time {RIGHT_MEANING}",
                "1",
            ),
        }
    )

"""Units with a gate that stays at one end of its range."""

from __future__ import annotations

import xarray as xr

from gradviz.cell_descriptions import cell_of, saturation_meanings
from gradviz.measures.is_one import is_one
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import UNIT, UNIT_LEFT, UNIT_RIGHT

STUCK_LEFT, STUCK_RIGHT = "stuck_left", "stuck_right"
STUCK_LEFT_FRACTION, STUCK_RIGHT_FRACTION = "stuck_left_fraction", "stuck_right_fraction"


@takes_any_selection(UNIT)
def stuck_units(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Units with a gate that was saturated on one side at every time step of every recorded sequence.

    A forget gate (or the update gate of a GRU) that is stuck on the right keeps its state for a long time,
    which the network may have learned to do. `time_constants` measures for how long.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_left`` and ``unit_right``, dims (step, layer, direction, gate, unit), in [0, 1].
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        ``stuck_left`` and ``stuck_right``, dims of ``unit_left``: 1 or 0, NaN for a unit that does not exist.
        ``stuck_left_fraction`` and ``stuck_right_fraction``, without the dim unit, in [0, 1].

    Raises
    ------
    BadRecording
        If the units were not recorded, or there is no such call.

    Examples
    --------
    A large negative bias keeps the forget gate of every unit at 0.

    >>> import gradviz as gv
    >>> from torch import nn
    >>> lstm = gv.initialise(nn.LSTM(2, 4, batch_first=True), "forget_bias", value=-30.0)
    >>> tree = gv.probe(lstm, length=20)
    >>> gv.stuck_units(tree)["stuck_left_fraction"].sel(gate="forget").item()
    1.0
    """
    dataset = select_call(data, module=module, call=call)
    below, above = saturation_meanings(cell_of(dataset.attrs))
    left = is_one(check_variable(dataset, UNIT_LEFT))
    right = is_one(check_variable(dataset, UNIT_RIGHT))
    return with_units(
        {
            STUCK_LEFT: (left, f"whether the gate is always {below}", "1"),
            STUCK_RIGHT: (right, f"whether the gate is always {above}", "1"),
            STUCK_LEFT_FRACTION: (
                left.mean(UNIT),
                f"fraction of units whose gate is always {below}",
                "1",
            ),
            STUCK_RIGHT_FRACTION: (
                right.mean(UNIT),
                f"fraction of units whose gate is always {above}",
                "1",
            ),
        }
    )

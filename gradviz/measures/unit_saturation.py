"""Fraction of time for which the gates of each unit are saturated."""

from __future__ import annotations

import xarray as xr

from gradviz.cell_descriptions import cell_of, saturation_meanings
from gradviz.measures.is_one import is_one
from gradviz.measures.saturation import BOTH, LEFT, RIGHT
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import UNIT, UNIT_LEFT, UNIT_RIGHT

FULLY_SATURATED = "fully_saturated_fraction"


@takes_any_selection(UNIT)
def unit_saturation(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Fractions of time for which the gates of each unit are saturated, and of units that always are.

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
        ``left``, ``right`` and their sum ``both``, dims of ``unit_left``: fractions over time and sequences.
        ``fully_saturated_fraction``, without the dim unit: fraction of units that are saturated at all times,
        on either side. `stuck_units` counts those that stay on one side.

    Raises
    ------
    BadRecording
        If the units were not recorded, or there is no such call.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.

    Examples
    --------
    A large bias keeps the forget gate of every unit at 1.

    >>> import gradviz as gv
    >>> from torch import nn
    >>> lstm = gv.initialise(nn.LSTM(2, 4, batch_first=True), "forget_bias", value=30.0)
    >>> found = gv.unit_saturation(gv.probe(lstm, length=20)).squeeze()
    >>> found["right"].sel(gate="forget").values.tolist()
    [1.0, 1.0, 1.0, 1.0]
    >>> found["fully_saturated_fraction"].sel(gate="forget").item()
    1.0
    """
    dataset = select_call(data, module=module, call=call)
    below, above = saturation_meanings(cell_of(dataset.attrs))
    left, right = (check_variable(dataset, name).variable for name in (UNIT_LEFT, UNIT_RIGHT))
    always = is_one(left + right).mean(UNIT)
    return with_units(
        {
            LEFT: (left, f"fraction of time {below}", "1"),
            RIGHT: (right, f"fraction of time {above}", "1"),
            BOTH: (left + right, "fraction of time saturated on either side", "1"),
            FULLY_SATURATED: (always, "fraction of units that are always saturated", "1"),
        },
        of=dataset,
    )

"""Saturated fractions of each gate's activations."""

from __future__ import annotations

import xarray as xr

from gradviz.cell_descriptions import cell_of, saturation_meanings
from gradviz.measures.with_units import with_units
from gradviz.measures.without_overflow import without_overflow
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import GATE_LEFT, GATE_RIGHT, TIME

LEFT, RIGHT, BOTH = "left", "right", "both"


@takes_any_selection()
def saturation(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Fractions of the activations of each gate that are saturated, at each training step.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``gate_left`` and ``gate_right``, dims (step, layer, direction, time, gate), in [0, 1].
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, dims of ``gate_left`` without time
        ``left``, ``right`` and their sum ``both``, in [0, 1]: means over recorded time steps of the fractions
        over sequences and units. NaN if no time step was recorded.

    Raises
    ------
    BadRecording
        If the gates were not recorded, or there is no such call.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.

    Examples
    --------
    A large bias keeps the forget gate at 1.

    >>> import gradviz as gv
    >>> from torch import nn
    >>> lstm = gv.initialise(nn.LSTM(2, 4, batch_first=True), "forget_bias", value=30.0)
    >>> tree = gv.probe(lstm, length=20)
    >>> gv.saturation(tree)["right"].sel(gate="forget").item()
    1.0
    """
    dataset = select_call(data, module=module, call=call)
    below, above = saturation_meanings(cell_of(dataset.attrs))
    left, right = (
        without_overflow(check_variable(dataset, name).variable, lambda part: part.mean(TIME))
        for name in (GATE_LEFT, GATE_RIGHT)
    )
    return with_units(
        {
            LEFT: (left, f"fraction of activations {below}", "1"),
            RIGHT: (right, f"fraction of activations {above}", "1"),
            BOTH: (left + right, "fraction of activations saturated on either side", "1"),
        },
        of=dataset,
    )

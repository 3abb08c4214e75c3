"""How much of a gate sits where it no longer passes gradient."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import GATE_LEFT, GATE_RIGHT, LEFT_MEANING, RIGHT_MEANING, TIME

LEFT, RIGHT, BOTH = "left", "right", "both"


def saturation(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Fractions of a gate's activations that are saturated, per gate and training step, over time.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``gate_left`` and ``gate_right``, dims (step, layer, direction, time, gate), in [0, 1]. Of a
        module called several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, dims of ``gate_left`` without time
        ``left``, ``right`` and their sum ``both``, in [0, 1]: means over the time steps that were recorded,
        of fractions over sequences and units. NaN where no time step was.

    Raises
    ------
    BadRecording
        If the gates were not recorded, or there are several calls.

    References
    ----------
    Karpathy, Johnson and Fei-Fei (2015), "Visualizing and understanding recurrent networks", section 4.2.
    """
    dataset = select_call(data, module=module)
    left, right = (check_variable(dataset, name).mean(TIME) for name in (GATE_LEFT, GATE_RIGHT))
    return with_units(
        {
            LEFT: (left, f"fraction of activations {LEFT_MEANING}", "1"),
            RIGHT: (right, f"fraction of activations {RIGHT_MEANING}", "1"),
            BOTH: (left + right, "saturated fraction of activations, left and right", "1"),
        }
    )

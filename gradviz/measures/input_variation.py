"""Whether the input says anything: how it varies along time and between sequences."""

from __future__ import annotations

import xarray as xr

from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import INPUT_CHANGE, INPUT_NORM, INPUT_SPREAD, SAMPLE, TIME

NORM, CHANGE, SPREAD = "typical_input_norm", "typical_input_change", "typical_input_spread"
LARGEST_CHANGE, LARGEST_SPREAD = "largest_input_change", "largest_input_spread"


def input_variation(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """How large a module's input is, how much it changes along time, and from sequence to sequence.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``input_norm`` and ``input_change``, dims (step, time, sample), and ``input_spread``, dims (step,
        time). Of a module called several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, dims (step,)
        ``typical_input_norm``, ``typical_input_change`` and ``typical_input_spread``: medians;
        ``largest_input_change`` and ``largest_input_spread``, 0 where the input is constant. In the units of
        the input; NaN where there is one time step, or one sequence, only.

    Raises
    ------
    BadRecording
        If the input was not recorded, or there are several calls.
    """
    dataset = select_call(data, module=module)
    norm = check_variable(dataset, INPUT_NORM)
    change = check_variable(dataset, INPUT_CHANGE)
    spread = check_variable(dataset, INPUT_SPREAD)
    return with_units(
        {
            NORM: (norm.median((TIME, SAMPLE)), "norm of the input, median", "1"),
            CHANGE: (change.median((TIME, SAMPLE)), "change of the input in a time step, median", "1"),
            SPREAD: (spread.median(TIME), "distance of neighbouring sequences' inputs, median", "1"),
            LARGEST_CHANGE: (change.max((TIME, SAMPLE)), "largest change of the input", "1"),
            LARGEST_SPREAD: (spread.max(TIME), "largest distance of neighbouring sequences' inputs", "1"),
        }
    )

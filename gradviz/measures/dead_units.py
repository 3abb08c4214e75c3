"""Relu units that are always zero."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.errors import BadRecording
from gradviz.measures.is_one import is_one
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import GATE, UNIT, UNIT_LEFT

DEAD = "dead"
DEAD_COUNT = "dead_count"
DEAD_FRACTION = "dead_fraction"


@takes_any_selection(GATE, UNIT)
def dead_units(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Relu units that were zero at every time step of every recorded sequence.

    The weights of such a unit get no gradient, so it can recover only if its input changes.

    Parameters
    ----------
    data : Dataset or DataTree
        Recording of a relu RNN, or of a recurrence written by hand with relu gates, with ``unit_left``, dims
        (step, layer, direction, gate, unit), in [0, 1].
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        ``dead``, dims (step, layer, direction, unit): 1 or 0, NaN for a unit that does not exist.
        ``dead_count`` and ``dead_fraction``, dims (step, layer, direction).  All have the dim ``gate`` too if
        the recurrence was written by hand.

    Raises
    ------
    BadRecording
        If the module has no relu units, its units were not recorded, or there is no such call.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> rnn = nn.RNN(2, 4, nonlinearity="relu", batch_first=True)
    >>> rnn.bias_hh_l0.data[0] = -100.0  # the first unit is never active
    >>> tree = gv.probe(rnn, length=20)
    >>> gv.dead_units(tree)["dead"].sel(unit=0).item()
    1.0
    """
    dataset = select_call(data, module=module, call=call)
    cell = cell_of(dataset.attrs)
    if not cell.relu_gates:
        raise BadRecording(
            f"only relu units can be dead, and this is a recording of {cell.label}; "
            "use stuck_units to find units whose gates stay saturated"
        )
    zero = check_variable(dataset, UNIT_LEFT)
    if cell.is_observed:
        chosen = np.isin(zero[GATE].values, cell.relu_gates)
        if not chosen.any():
            raise BadRecording(
                f"one of the gates {', '.join(cell.relu_gates)} is needed along the dim {GATE!r}; this "
                f"recording has only {', '.join(zero[GATE].values)}"
            )
        dead = is_one(zero.isel({GATE: chosen}))
    else:
        dead = is_one(zero.isel({GATE: 0}, drop=True))
    return with_units(
        {
            DEAD: (dead, "whether the unit is always zero", "1"),
            DEAD_COUNT: (dead.sum(UNIT), "number of units that are always zero", "units"),
            DEAD_FRACTION: (dead.mean(UNIT), "fraction of units that are always zero", "1"),
        }
    )

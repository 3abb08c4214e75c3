"""How strongly each unit writes new input into its state."""

from __future__ import annotations

import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.errors import BadRecording
from gradviz.measures.passing_gradient import passing_gradient
from gradviz.measures.with_units import with_units
from gradviz.measures.without_overflow import without_overflow
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.forward_only import is_forward_only
from gradviz.recording.one_gate import one_gate
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import GATE, SAMPLE, STATE_H, TIME, UNIT, UNIT_MEAN

WRITE_WEIGHT, MEDIAN = "write_weight", "write_weight_median"


@takes_any_selection(GATE, UNIT, TIME)
def write_weight(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Weight with which each unit writes, summed over a sequence.

    The weight is the activation of the input gate or, in a GRU, one minus that of the update gate. If the
    sum is near 1 or above, the unit can fill its state within a sequence. If it is far below 1, the unit
    hardly writes at all, and its state remains close to the initial one, however well the unit keeps it.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), in [0, 1], and ``log10_grad_h``, or
        ``state_h`` of forward passes only.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        ``write_weight``, dims (step, layer, direction, unit): mean weight times the number of time steps of
        the longest sequence. ``write_weight_median``, dims (step, layer, direction): median over units.

    Raises
    ------
    BadRecording
        If the cell has no gate through which it writes, the gates were not recorded, or there is no such
        call.

    Examples
    --------
    A large negative bias keeps the input gate closed, so that nothing is written.

    >>> import gradviz as gv
    >>> from torch import nn
    >>> lstm = nn.LSTM(2, 4, batch_first=True)
    >>> lstm.bias_hh_l0.data[:4] = -30.0
    >>> tree = gv.probe(lstm, length=20)
    >>> gv.write_weight(tree)["write_weight_median"].item() < 1e-6
    True
    """
    dataset = select_call(data, module=module, call=call)
    cell = cell_of(dataset.attrs)
    means = check_variable(dataset, UNIT_MEAN)
    if cell.is_observed:
        raise BadRecording(
            f"which gate of this {cell.label} writes is not known, because it was written by hand; "
            "gate_mean has the means of its gates"
        )
    if cell.writes is None:
        raise BadRecording(
            f"this {cell.label} has no gate through which it writes; an LSTM and a GRU have one"
        )
    gate = one_gate(means, cell.writes).variable
    recorded = check_variable(dataset, STATE_H) if is_forward_only(dataset) else passing_gradient(dataset)
    steps = recorded.variable.notnull().sum(TIME).max(SAMPLE)
    taken = (1 - gate if cell.writes == cell.keeps else gate) * steps
    taken = taken.transpose(*gate.dims)
    meaning = "write weight of a unit, summed over a sequence"
    return with_units(
        {
            WRITE_WEIGHT: (taken, meaning, "1"),
            MEDIAN: (
                without_overflow(taken, lambda part: part.median(UNIT)),
                f"{meaning} (median over units)",
                "1",
            ),
        },
        of=dataset.drop_dims(GATE),
    )

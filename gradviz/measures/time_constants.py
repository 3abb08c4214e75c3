"""How long a unit keeps what it holds, read off its gate."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import CELL, CELLS, GATE, GATES, SAMPLE, TIME, UNIT, UNIT_MEAN, describe_cell

TIME_CONSTANT = "time_constant"
LOW = "time_constant_low"
MEDIAN = "time_constant_median"
HIGH = "time_constant_high"
LARGEST = "time_constant_largest"
OF_PRODUCT = "time_constant_of_product"

_UNITS = "time steps"
_FRACTIONS = {
    LOW: (0.1, "a tenth of the units is shorter"),
    MEDIAN: (0.5, "median over units"),
    HIGH: (0.9, "a tenth of the units is longer"),
    LARGEST: (1.0, "longest of all units"),
}


def time_constants(data: xr.Dataset | xr.DataTree, *, module: str | None = None) -> xr.Dataset:
    """Time constant 1 / (1 - f) of every unit, f being its mean forget gate, in a GRU its update gate.

    The mean is over time and sequences. By Jensen's inequality it understates the mean of the time constants
    at single steps, since 1 / (1 - f) is convex, and overstates what the product of the gates keeps, whose
    factor per step is their geometric mean; with ``detail="full"`` the latter stands beside it. Both tell
    of the direct path from state to state only: the total gradient has others.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), in [0, 1], and perhaps ``gates``. Of a
        module called several times in a step, one call: ``data.sel(call=0)``.
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset, in time steps
        ``time_constant``, dims (step, layer, direction, unit): at least 1, inf where the gate is 1, NaN
        where there is no such unit. Over units, dims (step, layer, direction): ``time_constant_low`` (10 %),
        ``time_constant_median``, ``time_constant_high`` (90 %) and ``time_constant_largest``; each is that
        quantile of the gate, turned into a time constant. With ``detail="full"`` besides
        ``time_constant_of_product``, dims as ``time_constant``: 1 / (1 - exp⟨ln f⟩) over time and sequences.
        Gates read from a file are there in steps of 1/127, so that those above .996 read as 1.

    Raises
    ------
    BadRecording
        If the cell has no gate that keeps its state, as a plain RNN, or there are several calls.

    References
    ----------
    Tallec and Ollivier (2018), "Can recurrent neural networks warp time?".
    """
    dataset = select_call(data, module=module)
    gate = _keeping_gate(dataset)
    kept = _of_gate(check_variable(dataset, UNIT_MEAN), gate)
    name = f"time constant of the mean {gate} gate"
    columns = {TIME_CONSTANT: (_time_constant(kept), name, _UNITS)}
    for quantile, (fraction, meaning) in _FRACTIONS.items():
        columns[quantile] = (_time_constant(_quantile(kept, fraction)), f"{name}, {meaning}", _UNITS)
    if GATES in dataset:
        product = _time_constant(_geometric_mean(_of_gate(dataset[GATES], gate)))
        columns[OF_PRODUCT] = (product, f"time constant of the product of the {gate} gates", _UNITS)
    return with_units(columns)


def _keeping_gate(dataset: xr.Dataset) -> str:
    cell = describe_cell(dataset.attrs.get(CELL))
    if cell.keeps:
        return cell.keeps
    check_variable(dataset, UNIT_MEAN)  # a recurrence written by hand has no gates at all
    known = ", ".join(known.label for known in CELLS.values() if known.keeps)
    raise BadRecording(
        f"this {cell.label} has no gate that keeps its state, so no time constant of one ({known} do); "
        "decay_rate and horizon measure how far its gradient goes"
    )


def _of_gate(values: xr.DataArray, gate: str) -> xr.DataArray:
    return values.sel({GATE: gate}, drop=True).astype(np.float64)


def _time_constant(kept: xr.DataArray) -> xr.DataArray:
    with np.errstate(divide="ignore"):
        return 1 / (1 - kept)


def _quantile(kept: xr.DataArray, fraction: float) -> xr.DataArray:
    missing = kept.isnull().all(UNIT)
    return kept.where(~missing, 0.0).quantile(fraction, UNIT).drop_vars("quantile").where(~missing)


def _geometric_mean(gates: xr.DataArray) -> xr.DataArray:
    with np.errstate(divide="ignore"):
        logarithms = gates.copy(data=np.log(gates.values))
    return gates.isel({TIME: 0, SAMPLE: 0}, drop=True).copy(
        data=np.exp(logarithms.mean((TIME, SAMPLE)).values)
    )

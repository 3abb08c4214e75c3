"""How long each unit keeps its state, from the activations of its gate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import CELLS, cell_of
from gradviz.errors import BadRecording
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.one_gate import one_gate
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import GATE, GATES, SAMPLE, TIME, UNIT, UNIT_MEAN

TIME_CONSTANT = "time_constant"
LOW = "time_constant_low"
MEDIAN = "time_constant_median"
HIGH = "time_constant_high"
LARGEST = "time_constant_largest"
OF_PRODUCT = "time_constant_of_product"

_UNITS = "time steps"
_ROUNDING = 1e-6  # of a gate that is 0 or 1
_FRACTIONS = {
    LOW: (0.1, "10th percentile over units"),
    MEDIAN: (0.5, "median over units"),
    HIGH: (0.9, "90th percentile over units"),
    LARGEST: (1.0, "largest over units"),
}


@takes_any_selection(GATE, UNIT)
def time_constants(
    data: xr.Dataset | xr.DataTree, *, module: str | None = None, call: int | None = None
) -> xr.Dataset:
    """Time constant 1 / (1 - f) of each unit, where f is its mean forget gate (update gate in a GRU).

    The mean is over time and sequences. By Jensen's inequality, this time constant is below the mean of the
    time constants of single steps, since 1 / (1 - f) is convex. It is above the time constant of the product
    of the gates, which decays per step by their geometric mean; ``detail="full"`` gives that one as well.
    Both describe only the direct path from state to state; the total gradient has other paths too.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), in [0, 1]; ``gates`` is optional.
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset, in time steps
        ``time_constant``, dims (step, layer, direction, unit): at least 1, inf where the gate is 1, NaN for a
        unit that does not exist or whose gate is not in [0, 1]. Over units, dims (step, layer, direction):
        ``time_constant_low`` (10th percentile), ``time_constant_median``, ``time_constant_high`` (90th
        percentile) and ``time_constant_largest``; each is the time constant of that quantile of the gate.
        With ``detail="full"`` also ``time_constant_of_product``, dims as ``time_constant``:
        1 / (1 - exp⟨ln f⟩) over time and sequences. In a recording read from a file, gates have steps of
        1/127, so values above 0.996 are read as 1.

    Raises
    ------
    BadRecording
        If the cell has no gate that keeps its state (a plain RNN; a recurrence written by hand for which none
        was named), the gates were not recorded, or there is no such call.

    References
    ----------
    Tallec and Ollivier (2018), "Can recurrent neural networks warp time?".

    Examples
    --------
    A large bias keeps the forget gate at 1, so that the state is kept for a long time.

    >>> import gradviz as gv
    >>> from torch import nn
    >>> lstm = gv.initialise(nn.LSTM(2, 4, batch_first=True), "forget_bias", value=9.0)
    >>> found = gv.time_constants(gv.probe(lstm, length=20))
    >>> found["time_constant"].sizes["unit"]
    4
    >>> found["time_constant_median"].item() > 1000
    True
    """
    dataset = select_call(data, module=module, call=call)
    gate = _keeping_gate(dataset)
    kept = _possible(_of_gate(check_variable(dataset, UNIT_MEAN), gate))
    name = f"time constant of the mean {gate} gate"
    columns = {TIME_CONSTANT: (_time_constant(kept), name, _UNITS)}
    quantiles = _quantiles(kept, [fraction for fraction, _ in _FRACTIONS.values()])
    for (quantile, (_, meaning)), values in zip(_FRACTIONS.items(), quantiles, strict=True):
        columns[quantile] = (_time_constant(values), f"{name}, {meaning}", _UNITS)
    if GATES in dataset:
        product = _time_constant(_geometric_mean(_of_gate(dataset[GATES], gate)))
        columns[OF_PRODUCT] = (product, f"time constant of the product of the {gate} gates", _UNITS)
    return with_units(columns, of=dataset.drop_dims(GATE))


def _keeping_gate(dataset: xr.Dataset) -> str:
    cell = cell_of(dataset.attrs)
    if cell.keeps:
        return cell.keeps
    check_variable(dataset, UNIT_MEAN)  # raises for a recurrence written by hand, which has no gates
    if cell.is_observed:
        raise BadRecording(
            f"which gate of this {cell.label} keeps its state is not known, so it has no time constants; if "
            f"one of {', '.join(cell.gates)} does so when near 1, give tape.observe its name with keeps="
        )
    known = ", ".join(known.label for known in CELLS.values() if known.keeps)
    raise BadRecording(
        f"this {cell.label} has no gate that keeps its state, so it has no time constants ({known} have); "
        "use decay_rate or horizon to measure how far its gradient reaches"
    )


def _of_gate(values: xr.DataArray, gate: str) -> xr.Variable:
    return one_gate(values, gate).variable.astype(np.float64)


def _time_constant(kept: xr.Variable) -> xr.Variable:
    with np.errstate(divide="ignore"):
        return 1 / (1 - kept)


def _quantiles(kept: xr.Variable, fractions: Sequence[float]) -> list[xr.Variable]:
    rows = kept.transpose(..., UNIT)
    missing = np.isnan(rows.values).all(-1)
    found = np.nanquantile(np.where(missing[..., None], 0.0, rows.values), fractions, axis=-1)
    return [xr.Variable(rows.dims[:-1], np.where(missing, np.nan, each)) for each in found]


def _geometric_mean(gates: xr.Variable) -> xr.Variable:
    known = _possible(gates)
    is_wrong = (known.isnull() & gates.notnull()).any((TIME, SAMPLE))
    with np.errstate(divide="ignore"):
        logarithms = known.copy(data=np.log(known.values))
    mean = logarithms.mean((TIME, SAMPLE))
    return mean.copy(data=np.exp(mean.values)).where(~is_wrong)


def _possible(kept: xr.Variable) -> xr.Variable:
    """Activations in [0, 1]; NaN where a value is further outside than rounding takes it."""
    return kept.where((kept >= -_ROUNDING) & (kept <= 1 + _ROUNDING)).clip(0, 1)

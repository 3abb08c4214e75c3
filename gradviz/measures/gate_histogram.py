"""Histograms of gate activations."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import xarray as xr

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.cell_descriptions import SQUASH, cell_of
from gradviz.measures.with_units import with_units
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import check_variable, select_call
from gradviz.vocabulary import GATE, GATES, SAMPLE, TIME, UNIT, UNIT_MEAN

BIN = "bin"
COUNT = "count"
BIN_LOW = "bin_low"
BIN_HIGH = "bin_high"

Of = Literal["units", "activations"]
_VARIABLES = {"units": UNIT_MEAN, "activations": GATES}
_MEANINGS = {"units": "units, by their mean activation", "activations": "activations"}


@takes_any_selection(GATE, UNIT)
def gate_histogram(
    data: xr.Dataset | xr.DataTree,
    *,
    bins: int = 40,
    of: Of = "units",
    module: str | None = None,
    call: int | None = None,
) -> xr.Dataset:
    """Histogram of the activations of each gate at each training step.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), or ``gates``.
    bins : int
        Number of bins of equal width. They cover [0, 1] for a sigmoid gate, [-1, 1] for a tanh gate, and 0
        to the largest activation for a relu and an exp. A value on an edge counts in the upper bin, the
        largest value in the last bin.
    of : {"units", "activations"}
        Whether to count each unit, by its mean activation over time and sequences, or every activation
        (``detail="full"`` only).
    module : str, optional
        Required if the tree has several modules.
    call : int, optional
        By default the sequences of all calls in a step count together.

    Returns
    -------
    Dataset
        ``count``, dims (step, layer, direction, gate, bin). ``bin_low`` and ``bin_high``, dims (gate, bin):
        edges of the bins, in units of the activation.

    Raises
    ------
    BadRecording
        If the activations were not recorded, or there is no such call.
    UnknownName
        If `of` has another value.
    ValueError
        If `bins` is not at least 1.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> found = gv.gate_histogram(tree, bins=10)
    >>> found["count"].dims
    ('step', 'layer', 'direction', 'gate', 'bin')
    >>> found["count"].sel(gate="forget").sum().item()  # every unit once
    4
    """
    check_one_of("kind of histogram", of, get_args(Of))
    check_whole_number("bins", bins, at_least=1)
    dataset = select_call(data, module=module, call=call)
    values = check_variable(dataset, _VARIABLES[of])
    ranges = [_range(dataset, gate, values) for gate in values[GATE].values.tolist()]
    counts = [
        _counts(values.isel({GATE: place}), bins, limits).assign_coords({GATE: values[GATE][place]})
        for place, limits in enumerate(ranges)
    ]
    edges = np.array([np.linspace(*limits, bins + 1) for limits in ranges])
    low, high = (
        xr.DataArray(side, dims=(GATE, BIN), coords={GATE: values[GATE]})
        for side in (edges[:, :-1], edges[:, 1:])
    )
    return with_units(
        {
            COUNT: (xr.concat(counts, GATE).transpose(..., GATE, BIN), f"number of {_MEANINGS[of]}", "1"),
            BIN_LOW: (low, "lower edge of the bin", "1"),
            BIN_HIGH: (high, "upper edge of the bin", "1"),
        }
    )


def _range(dataset: xr.Dataset, gate: str, values: xr.DataArray) -> tuple[float, float]:
    low, high = SQUASH[cell_of(dataset.attrs).squash[gate]].range
    if np.isfinite(high):
        return low, high
    largest = float(values.sel({GATE: gate}).max())
    return low, largest if np.isfinite(largest) and largest > 0 else 1.0


def _counts(values: xr.DataArray, bins: int, limits: tuple[float, float]) -> xr.DataArray:
    """Counts of the finite values of one gate; dims of `values` without time, sample and unit, then bin."""

    def count(some: np.ndarray) -> np.ndarray:
        finite = some[np.isfinite(some)].clip(*limits)
        return np.histogram(finite, bins, limits)[0]

    counted = [dim for dim in (TIME, SAMPLE, UNIT) if dim in values.dims]
    return xr.apply_ufunc(count, values, input_core_dims=[counted], output_core_dims=[[BIN]], vectorize=True)

"""How often a gate stands how far open."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import xarray as xr

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.measures.with_units import with_units
from gradviz.recording.tree import check_variable, select_call, select_module
from gradviz.vocabulary import CELL, CELLS, GATE, GATES, SAMPLE, SQUASH, TIME, UNIT, UNIT_MEAN

BIN = "bin"
COUNT = "count"
BIN_LOW = "bin_low"
BIN_HIGH = "bin_high"

Of = Literal["units", "activations"]
_VARIABLES = {"units": UNIT_MEAN, "activations": GATES}
_MEANINGS = {"units": "units, by their mean activation", "activations": "activations"}


def gate_histogram(
    data: xr.Dataset | xr.DataTree, *, bins: int = 40, of: Of = "units", module: str | None = None
) -> xr.Dataset:
    """Counts of gate activations between fixed edges, per gate and training step.

    Parameters
    ----------
    data : Dataset or DataTree
        Has ``unit_mean``, dims (step, layer, direction, gate, unit), or ``gates``. Of a module called
        several times in a step, one call: ``data.sel(call=0)``.
    bins : int
        Equally wide, over [0, 1] for a sigmoid gate, [-1, 1] for a tanh, and for a relu from 0 to its largest
        activation. A value on an edge counts in the bin above, the largest in the last.
    of : {"units", "activations"}
        Of every unit its mean over time and sequences, or every activation (``detail="full"`` only).
    module : str, optional
        Needed where a tree holds several modules.

    Returns
    -------
    Dataset
        ``count``, dims (step, layer, direction, gate, bin); ``bin_low`` and ``bin_high``, dims (gate, bin),
        in units of the activation.

    Raises
    ------
    BadRecording
        If what is counted was not recorded, or there are several calls.
    UnknownName
        If `of` is something else.
    ValueError
        If `bins` is not at least 1.
    """
    check_one_of("kind of histogram", of, get_args(Of))
    check_whole_number("bins", bins, at_least=1)
    dataset = select_call(select_module(data, module=module))
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
    low, high = SQUASH[CELLS[dataset.attrs[CELL]].squash[gate]].range
    if np.isfinite(high):
        return low, high
    largest = float(values.max())
    return low, largest if np.isfinite(largest) and largest > 0 else 1.0


def _counts(values: xr.DataArray, bins: int, limits: tuple[float, float]) -> xr.DataArray:
    """Of one gate's finite values; dims of `values` without time, sample and unit, then bin."""

    def count(some: np.ndarray) -> np.ndarray:
        finite = some[np.isfinite(some)].clip(*limits)
        return np.histogram(finite, bins, limits)[0]

    counted = [dim for dim in (TIME, SAMPLE, UNIT) if dim in values.dims]
    return xr.apply_ufunc(count, values, input_core_dims=[counted], output_core_dims=[[BIN]], vectorize=True)

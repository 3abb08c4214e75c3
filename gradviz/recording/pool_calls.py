"""Pools the calls of a module: the sequences of all calls in a training step as those of one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from gradviz.vocabulary import (
    BATCH_SIZE,
    CALL,
    DIMENSIONS,
    INPUT_SPREAD,
    LENGTH,
    LOG10_GRAD_H,
    SAMPLE,
    STATE_H,
    TIME,
    UNIT,
    VARIABLES,
)

SAMPLE_OF_CALL = "sample_of_call"

_LABEL_OF_SAMPLE = {"long_name": "sequence in the batch of its call", "units": "1"}


def pool_calls(dataset: xr.Dataset) -> xr.Dataset:
    """The recording of a module with the sequences of all calls along ``sample``.

    Parameters
    ----------
    dataset : Dataset
        Has the dim ``call``.

    Returns
    -------
    Dataset, without the dim ``call``
        Sequence s of call c has the label c n + s along ``sample``, where n is the largest label in `dataset`
        plus 1. The coordinates ``call`` and ``sample_of_call``, dims (sample,), are c and s. Sequences that
        no step recorded are left out. Variables without the dim ``sample`` are means over calls. Gates and
        inputs are weighted with the number of sequences (or of time steps of sequences, or of pairs of
        sequences) that each call had averaged; where these are not known, and for all others, calls have
        equal weights. ``length`` is the largest and ``batch_size`` the sum.
    """
    sizes = {CALL: dataset.sizes[CALL], SAMPLE: dataset.sizes.get(SAMPLE, 1)}
    calls, samples = _labels(dataset, CALL, sizes[CALL]), _labels(dataset, SAMPLE, sizes[SAMPLE])
    labels = (calls[:, None] * (samples.max(initial=0) + 1) + samples).reshape(-1)
    kept = np.flatnonzero(_is_recorded(dataset, sizes))
    kept = kept[np.argsort(labels[kept], kind="stable")]
    counts = _counts(dataset)
    pooled = {
        name: _pooled(str(name), values, sizes, kept, counts) for name, values in dataset.data_vars.items()
    }
    origin = np.stack(np.divmod(kept, sizes[SAMPLE]))
    coordinates = {
        name: coordinate.variable
        for name, coordinate in dataset.coords.items()
        if name != SAMPLE and not {CALL, SAMPLE} & set(coordinate.dims)
    }
    return xr.Dataset(
        pooled,
        coords={
            **coordinates,
            SAMPLE: (SAMPLE, labels[kept], DIMENSIONS[SAMPLE]._asdict()),
            CALL: (SAMPLE, calls[origin[0]], DIMENSIONS[CALL]._asdict()),
            SAMPLE_OF_CALL: (SAMPLE, samples[origin[1]], _LABEL_OF_SAMPLE),
        },
        attrs=dataset.attrs,
    )


def _labels(dataset: xr.Dataset, dim: str, size: int) -> np.ndarray:
    return dataset[dim].values.reshape(-1) if dim in dataset.coords else np.arange(size)


def _pooled(
    name: str,
    values: xr.DataArray,
    sizes: Mapping[str, int],
    kept: np.ndarray,
    counts: xr.DataArray | None,
) -> xr.Variable:
    if _is_of_sequences(name, values):
        return _stacked(values.variable, sizes, kept)
    if CALL not in values.dims:
        return values.variable
    if name == LENGTH:
        return values.max(CALL, keep_attrs=True).variable
    if name == BATCH_SIZE:
        return values.sum(CALL, keep_attrs=True).variable
    is_over_sequences = bool({TIME, UNIT} & set(_dims(name, values)))  # of weights and steps there is one
    return _mean(values, _weights(name, values, counts) if is_over_sequences and counts is not None else None)


def _is_of_sequences(name: str, values: xr.DataArray) -> bool:
    """Whether there is a value for each sequence; a single sequence may have been selected."""
    return SAMPLE in _dims(name, values)


def _dims(name: str, values: xr.DataArray) -> tuple[Any, ...]:
    """The dims of a variable and those that it had before a label was selected."""
    return (*values.dims, *(VARIABLES[name].dims if name in VARIABLES else ()))


def _stacked(variable: xr.Variable, sizes: Mapping[str, int], kept: np.ndarray) -> xr.Variable:
    """Values of the kept sequences of all calls; ``sample`` stays in its place."""
    lacking = {dim: size for dim, size in sizes.items() if dim not in variable.dims}
    variable = variable.set_dims({**variable.sizes, **lacking})
    dims = [dim for dim in variable.dims if dim != CALL]
    place = dims.index(SAMPLE)
    values = variable.transpose(*dims[:place], CALL, *dims[place:]).values
    values = values.reshape(*values.shape[:place], -1, *values.shape[place + 2 :])
    whole = np.array_equal(kept, np.arange(values.shape[place]))
    return xr.Variable(dims, values if whole else values.take(kept, axis=place), variable.attrs)


def _is_recorded(dataset: xr.Dataset, sizes: Mapping[str, int]) -> np.ndarray:
    """Whether any value of a sequence was recorded, shape (call * sample,); True if that is not known."""
    floating = {
        name: values
        for name, values in dataset.data_vars.items()
        if _is_of_sequences(str(name), values) and CALL in values.dims and values.dtype.kind == "f"
    }
    norms = [values for values in floating.values() if UNIT not in values.dims]
    known = np.zeros((sizes[CALL], sizes[SAMPLE]), dtype=bool)
    for values in norms or floating.values():
        found = values.notnull().any([dim for dim in values.dims if dim not in sizes])
        known |= found.variable.set_dims({CALL: sizes[CALL], SAMPLE: sizes[SAMPLE]}).values
    return (known if known.any() else ~known).reshape(-1)


def _counts(dataset: xr.Dataset) -> xr.DataArray | None:
    """Number of sequences of each call, by layer, direction and time step; None if it is not known."""
    recorded = [
        dataset[name].notnull()
        for name in (STATE_H, LOG10_GRAD_H)
        if name in dataset and CALL in dataset[name].dims
    ]
    if not recorded:
        return None
    either = recorded[0] if len(recorded) == 1 else recorded[0] | recorded[1]
    return either.sum(SAMPLE) if SAMPLE in either.dims else either.astype(np.int64)


def _weights(name: str, values: xr.DataArray, counts: xr.DataArray) -> xr.DataArray:
    """What each call has averaged: sequences, their time steps, or pairs of neighbouring sequences."""
    weights = counts.max([dim for dim in counts.dims if dim not in values.dims and dim != TIME])
    if name == INPUT_SPREAD:
        weights = (weights - 1).clip(min=0)
    return weights if TIME in values.dims or TIME not in weights.dims else weights.sum(TIME)


def _mean(values: xr.DataArray, weights: xr.DataArray | None) -> xr.Variable:
    known: Any = values.notnull()
    if weights is not None:
        known = known * weights
        known = xr.where(known.sum(CALL) > 0, known, values.notnull())
    total = known.sum(CALL)
    mean = (values * known).where(known > 0).sum(CALL) / total.where(total > 0)
    mean = mean.transpose(*(dim for dim in values.dims if dim != CALL))
    kept = mean.astype(values.dtype) if values.dtype.kind == "f" else mean
    return xr.Variable(kept.dims, kept.values, values.attrs)

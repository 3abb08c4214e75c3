"""Reads facts about a call that may change from step to step."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.vocabulary import LOG10_GRAD_H, SAMPLE, STATE_H, UNDERFLOW


def last_fact(dataset: xr.Dataset, name: str, default: float) -> float:
    """A fact such as ``batch_size`` at the last call of the last step that has it.

    Parameters
    ----------
    dataset : Dataset
        The recording of one module. Steps and calls may have been selected.
    name : str
        A variable whose only dims are ``step`` and ``call``.
    default : float
        For a recording that has neither the variable nor an attribute of that name.

    Returns
    -------
    float
        In a recording of format 1, which has only the attribute: of its first call.
    """
    if name in dataset.data_vars:
        values = dataset[name].values.reshape(-1)
        known = values[~np.isnan(values)]
        if len(known):
            return float(known[-1])
    return float(dataset.attrs.get(name, default))


def with_recorded_samples(dataset: xr.Dataset) -> xr.Dataset:
    """The recording without the sequences that were recorded in other steps only.

    Parameters
    ----------
    dataset : Dataset
        Some steps of the recording of one module.

    Returns
    -------
    Dataset
        The same if it has no dim ``sample``, or no sequence at all was recorded.
    """
    names = [name for name in (LOG10_GRAD_H, STATE_H, UNDERFLOW) if name in dataset]
    if SAMPLE not in dataset.dims or not names:
        return dataset
    known = np.any([_recorded(dataset.variables[name]) for name in names], axis=0)
    return dataset if known.all() or not known.any() else dataset.isel({SAMPLE: np.flatnonzero(known)})


def _recorded(values: xr.Variable) -> np.ndarray:
    """Whether anything of a sequence was recorded, shape (sample,)."""
    rows = values.transpose(..., SAMPLE).values
    return np.asarray((~np.isnan(rows)).reshape(-1, rows.shape[-1]).any(axis=0))

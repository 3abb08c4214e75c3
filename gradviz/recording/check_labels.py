"""Checks that every dim of a recording has labels that can be counted or read."""

from __future__ import annotations

import numpy as np
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.check_attributes import shown
from gradviz.vocabulary import DIMENSIONS, DIRECTION, GATE, PATH

_NAMED = (DIRECTION, GATE, PATH)
_MOST_LISTED = 8


def check_labels(dataset: xr.Dataset) -> None:
    """Raise if a dim of a dataset is unknown, empty, or has unusable labels.

    Parameters
    ----------
    dataset : Dataset

    Raises
    ------
    BadRecording
        If a dim is not in the vocabulary, is of size 0, or has no labels. Those of ``direction``, ``gate``
        and ``path`` must be text, all others whole numbers from 0 that ascend.
    """
    for dim in map(str, dataset.dims):
        if dim not in DIMENSIONS:
            raise BadRecording(f"unknown dim {dim!r}; expected {', '.join(DIMENSIONS)}")
        if not dataset.sizes[dim]:
            raise BadRecording(f"dim {dim!r} has the size 0: there is nothing to read")
        if dim not in dataset.coords:
            raise BadRecording(f"dim {dim!r} has no labels")
        _check_labels_of(dim, dataset[dim].values)


def _check_labels_of(dim: str, labels: np.ndarray) -> None:
    if dim in _NAMED:
        if not all(isinstance(label, str) for label in labels.tolist()):
            raise BadRecording(f"{dim} is {listed(labels)}; expected text")
        return
    if labels.dtype.kind not in "iu" or np.any(labels < 0):
        raise BadRecording(f"{dim} is {listed(labels)}; expected whole numbers from 0")
    if np.any(labels[1:] <= labels[:-1]):
        raise BadRecording(f"labels of {dim!r} do not ascend")
    if int(labels[-1]) >= 2**62:
        raise BadRecording(f"{dim} is {listed(labels)}; expected whole numbers below 2^62")


def listed(labels: np.ndarray) -> str:
    """The labels for a message; only the ends if there are many."""
    every = labels.tolist()
    if len(every) > _MOST_LISTED:
        every = [*every[:3], "...", every[-1]]
    return shown(", ".join(map(str, every)))[1:-1]

"""Joins the parts of a recording without reading their values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from gradviz.recording.align import Block, place_among, union
from gradviz.recording.stored_array import when_asked_for
from gradviz.recording.variables import is_of_a_call
from gradviz.vocabulary import CALL, STEP

_FIRST_CALL = np.zeros(1, dtype=np.int64)


def follow_each_other(pieces: Sequence[xr.Dataset]) -> bool:
    """Whether the training steps of each piece come after those of the one before.

    Parameters
    ----------
    pieces : sequence of Dataset

    Returns
    -------
    bool
    """
    steps = [piece.variables[STEP].values for piece in pieces if piece.sizes[STEP]]
    return all(before[-1] < after[0] for before, after in pairwise(steps))


def join_lazily(pieces: Sequence[xr.Dataset]) -> Block:
    """The pieces of a module as one block, whose values are read when they are asked for.

    Parameters
    ----------
    pieces : sequence of Dataset
        With steps that follow each other.

    Returns
    -------
    Block
        As `align.join` returns it, with arrays of xarray that are not in memory.
    """
    has_calls = any(CALL in piece.dims for piece in pieces)
    labels = {
        str(dim): union([_labels(piece, str(dim)) for piece in pieces if dim in piece.dims or dim == CALL])
        for dim in dict.fromkeys(dim for piece in pieces for dim in piece.dims)
    }
    variables = {}
    for name in dict.fromkeys(str(name) for piece in pieces for name in piece.data_vars):
        holders = [piece for piece in pieces if name in piece]
        dims = max((tuple(map(str, piece.variables[name].dims)) for piece in holders), key=len)
        if has_calls and is_of_a_call(name) and CALL not in dims:
            dims = (STEP, CALL, *dims[1:])
        variables[name] = dims, when_asked_for(JoinedArray(pieces, name, dims, labels))
    return Block(labels, variables)


def _labels(piece: xr.Dataset, dim: str) -> np.ndarray:
    return piece.variables[dim].values if dim in piece.dims else _FIRST_CALL


class JoinedArray(BackendArray):
    """One variable of all pieces, along their steps; NaN where a piece lacks a label.

    Parameters
    ----------
    pieces : sequence of Dataset
        With steps that follow each other.
    name : str
        At least one of them has this variable.
    dims : tuple of str
        ``step`` first.
    labels : mapping of str to ndarray
        Of all pieces together.
    """

    def __init__(
        self, pieces: Sequence[xr.Dataset], name: str, dims: tuple[str, ...], labels: dict[str, np.ndarray]
    ):
        self._pieces, self._name, self._dims, self._labels = pieces, name, dims, labels
        self.shape = tuple(len(labels[dim]) for dim in dims)
        self.dtype = np.result_type(*(piece.variables[name].dtype for piece in pieces if name in piece))

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._read)

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        rows = np.arange(self.shape[0])[key[0]]
        first, last = (int(rows.min()), int(rows.max())) if rows.size else (0, -1)
        joined = np.full((last - first + 1, *self.shape[1:]), np.nan, dtype=self.dtype)
        end = 0
        for piece in self._pieces:
            start, end = end, end + piece.sizes[STEP]
            low, high = max(first, start), min(last + 1, end)
            if low < high and self._name in piece:
                part = joined[low - first : high - first]
                self._fill(part, piece, slice(low - start, high - start))
        return np.asarray(joined[(rows - first, *key[1:])])

    def _fill(self, part: np.ndarray, piece: xr.Dataset, steps: slice) -> None:
        variable = piece.variables[self._name]
        values = variable.isel({STEP: steps}).values
        if CALL in self._dims and CALL not in variable.dims:
            values = np.expand_dims(values, 1)
        there = [_labels(piece, dim) for dim in self._dims[1:]]
        place = place_among(there, [self._labels[dim] for dim in self._dims[1:]])
        part[(slice(None), *place)] = values

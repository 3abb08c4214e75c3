"""Joins the recordings of the processes of a distributed training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from gradviz.recording.align import as_first_call
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import as_dataset
from gradviz.recording.join_attributes import join_attributes
from gradviz.recording.merge import as_block
from gradviz.recording.tree import module_names
from gradviz.vocabulary import BATCH_SIZE, CALL, LENGTH, RANK, RANKS, SAMPLE

_OF_SAMPLE = {"long_name": "rank of the process", "units": "1"}


def join_ranks(trees: Mapping[int, xr.DataTree]) -> xr.DataTree:
    """One recording of what several processes recorded of the same training.

    Parameters
    ----------
    trees : mapping of int to DataTree
        At least one, by the number of the process, in ascending order.

    Returns
    -------
    DataTree
        In memory if there are several. Sequences are joined along ``sample``, with the coordinate ``rank``:
        their numbers count on from rank to rank, by the largest batch of the one before. ``batch_size`` is
        the sum, ``length`` the longest. What has no dim ``sample``, such as a statistic over the sequences,
        and the training curves are means over the ranks that have them. The attribute ``ranks`` of the root
        is their number.
    """
    complete = _over_ranks([tree.to_dataset(inherit=False).drop_attrs(deep=False) for tree in trees.values()])
    names = dict.fromkeys(name for tree in trees.values() for name in module_names(tree))
    modules = {
        name: _joined(
            [
                _with_rank(
                    tree.children[name]
                    .to_dataset(inherit=False)
                    .drop_vars(list(complete.data_vars), errors="ignore"),
                    rank,
                )
                for rank, tree in trees.items()
                if name in tree.children
            ]
        )
        for name in names
    }
    return assemble(modules, complete, {**next(iter(trees.values())).attrs, RANKS: len(trees)})


def _with_rank(piece: xr.Dataset, rank: int) -> xr.Dataset:
    if SAMPLE not in piece.dims:
        return piece
    return piece.assign_coords({RANK: (SAMPLE, np.full(piece.sizes[SAMPLE], rank, np.int64), _OF_SAMPLE)})


def _joined(pieces: Sequence[xr.Dataset]) -> xr.Dataset:
    if len(pieces) == 1:
        return pieces[0]
    attributes = join_attributes([piece.attrs for piece in pieces])
    if BATCH_SIZE in attributes:
        attributes[BATCH_SIZE] = sum(piece.attrs[BATCH_SIZE] for piece in pieces)
    if any(CALL in piece.dims for piece in pieces):
        pieces = [piece if CALL in piece.dims else _as_first_call(piece) for piece in pieces]
    pieces = _numbered_on([piece.drop_attrs(deep=False) for piece in pieces])
    of_samples = [piece[[name for name, v in piece.items() if SAMPLE in v.dims]] for piece in pieces]
    others = [piece[[name for name, v in piece.items() if SAMPLE not in v.dims]] for piece in pieces]
    joined = xr.concat(of_samples, SAMPLE, join="outer", data_vars="all", coords="minimal")
    found = xr.merge([joined, _over_ranks(others)], join="outer", compat="equals")
    return found[list(dict.fromkeys(name for piece in pieces for name in piece))].assign_attrs(attributes)


def _as_first_call(piece: xr.Dataset) -> xr.Dataset:
    called = as_dataset(as_first_call(as_block(piece)), attributes=piece.attrs)
    return called.assign_coords({RANK: piece[RANK]}) if RANK in piece.coords else called


def _numbered_on(pieces: Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """The sequences of each piece numbered behind those of the one before."""
    first, found = 0, []
    for piece in pieces:
        numbers = piece[SAMPLE]
        found.append(piece.assign_coords({SAMPLE: (SAMPLE, numbers.values + first, numbers.attrs)}))
        batch = piece[BATCH_SIZE].fillna(0).max() if BATCH_SIZE in piece else 0
        first += max(int(batch), int(numbers.max()) + 1)
    return found


def _over_ranks(pieces: Sequence[xr.Dataset]) -> xr.Dataset:
    """The mean of each variable over the ranks that have it; a size is the sum, or the largest."""
    if len(pieces) == 1:
        return pieces[0]
    stacked = xr.concat(pieces, RANK, join="outer", data_vars="all", coords="minimal")
    if RANK not in stacked.dims:  # no rank has any variable, such as a loss
        return stacked
    reduced = stacked.mean(RANK, keep_attrs=True)
    if BATCH_SIZE in reduced:
        reduced[BATCH_SIZE] = stacked[BATCH_SIZE].sum(RANK, min_count=1, keep_attrs=True)
    if LENGTH in reduced:
        reduced[LENGTH] = stacked[LENGTH].max(RANK, keep_attrs=True)
    return reduced

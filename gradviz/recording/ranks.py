"""Joins the recordings of the processes of a distributed training."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from gradviz.recording.align import as_first_call
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import as_dataset
from gradviz.recording.join_attributes import join_attributes
from gradviz.recording.merge import as_block
from gradviz.recording.tree import module_names
from gradviz.vocabulary import BATCH_SIZE, CALL, LENGTH, RANKS, SAMPLE

_RANK = "rank"


def join_ranks(trees: Sequence[xr.DataTree]) -> xr.DataTree:
    """One recording of what several processes recorded of the same training.

    Parameters
    ----------
    trees : sequence of DataTree
        At least one, in the order of the ranks.

    Returns
    -------
    DataTree
        In memory. Sequences are joined along ``sample``: their numbers count on from rank to rank, by the
        largest batch of the one before. ``batch_size`` is the sum, ``length`` the longest. What has no dim
        ``sample``, such as a statistic over the sequences, and the training curves are means over the ranks
        that have them. The attribute ``ranks`` of the root is their number.
    """
    complete = _over_ranks([tree.to_dataset(inherit=False).drop_attrs(deep=False) for tree in trees])
    names = dict.fromkeys(name for tree in trees for name in module_names(tree))
    modules = {
        name: _joined(
            [
                tree.children[name]
                .to_dataset(inherit=False)
                .drop_vars(list(complete.data_vars), errors="ignore")
                for tree in trees
                if name in tree.children
            ]
        )
        for name in names
    }
    return assemble(modules, complete, {**trees[0].attrs, RANKS: len(trees)})


def _joined(pieces: Sequence[xr.Dataset]) -> xr.Dataset:
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
    return as_dataset(as_first_call(as_block(piece)), attributes=piece.attrs)


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
    stacked = xr.concat(pieces, _RANK, join="outer", data_vars="all", coords="minimal")
    reduced = stacked.mean(_RANK, keep_attrs=True)
    if BATCH_SIZE in reduced:
        reduced[BATCH_SIZE] = stacked[BATCH_SIZE].sum(_RANK, min_count=1, keep_attrs=True)
    if LENGTH in reduced:
        reduced[LENGTH] = stacked[LENGTH].max(_RANK, keep_attrs=True)
    return reduced

"""Merges recordings of successive parts of one training."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from gradviz.cell_descriptions import cell_of, gates_in_words
from gradviz.errors import BadRecording
from gradviz.recording.align import Block, join
from gradviz.recording.assemble import assemble
from gradviz.recording.build_dataset import as_dataset
from gradviz.recording.join_attributes import join_attributes
from gradviz.recording.join_lazily import follow_each_other, join_lazily
from gradviz.recording.metrics import variable_attributes
from gradviz.recording.stored_tree import AT_ONCE
from gradviz.recording.tree import module_names
from gradviz.vocabulary import CELL, DIMENSIONS, ITERATION, STEP


def merge(trees: Sequence[xr.DataTree]) -> xr.DataTree:
    """Merge several recordings into one.

    Parameters
    ----------
    trees : sequence of DataTree
        At least one, in the order in which they were recorded.

    Returns
    -------
    DataTree
        Joined along ``step`` and ``iteration``; other dims are aligned by label, NaN where a recording lacks
        a label. Where two recordings have the same cell, the later value wins unless it is NaN. The
        attributes of the modules are joined by `join_attributes`; those of the root are of the first
        recording. Of a large module the values are read from the recordings when they are asked for.

    Raises
    ------
    BadRecording
        If a module has different cells, or a recurrence written by hand different gates.
    ValueError
        If there is no recording.
    """
    if not trees:
        raise ValueError("nothing to merge: give at least one recording")
    if len(trees) == 1:
        return trees[0]
    complete = _merge_curves([tree.to_dataset(inherit=False) for tree in trees])
    names = dict.fromkeys(name for tree in trees for name in module_names(tree))
    modules = {
        name: _merge_module(
            name,
            [
                tree.children[name]
                .to_dataset(inherit=False)
                .drop_vars(list(complete.data_vars), errors="ignore")
                for tree in trees
                if name in tree.children
            ],
        )
        for name in names
    }
    return assemble(modules, complete, dict(trees[0].attrs))


def _merge_curves(pieces: Sequence[xr.Dataset]) -> xr.Dataset:
    holders = [piece for piece in pieces if ITERATION in piece.coords]
    if not holders:
        return xr.Dataset()
    joined = join([as_block(piece) for piece in holders], along=ITERATION)
    return xr.Dataset(
        {
            name: (dims, values, variable_attributes(name))
            for name, (dims, values) in joined.variables.items()
        },
        coords={ITERATION: (ITERATION, joined.labels[ITERATION], DIMENSIONS[ITERATION]._asdict())},
    )


def _merge_module(name: str, pieces: Sequence[xr.Dataset]) -> xr.Dataset:
    cells = sorted({str(piece.attrs.get(CELL)) for piece in pieces})
    if len(cells) > 1:
        raise BadRecording(
            f"module {name!r} has different cells in the recordings to merge: {', '.join(cells)}"
        )
    described = [cell_of(piece.attrs) for piece in pieces]
    gates = sorted({f"{gates_in_words(cell)}, kept by {cell.keeps}" for cell in described if cell.gates})
    if len(gates) > 1:
        raise BadRecording(
            f"module {name!r} has different gates in the recordings to merge: {'; '.join(gates)}"
        )
    attributes = join_attributes([piece.attrs for piece in pieces])
    if sum(piece.nbytes for piece in pieces) > AT_ONCE and follow_each_other(pieces):
        return as_dataset(join_lazily(pieces), attributes=attributes)
    return as_dataset(join([as_block(piece) for piece in pieces], along=STEP), attributes=attributes)


def as_block(dataset: xr.Dataset) -> Block:
    """The labels and values of a dataset.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    Block
    """
    return Block(
        {str(dim): dataset[dim].values for dim in dataset.dims},
        {str(name): (tuple(map(str, v.dims)), v.values) for name, v in dataset.data_vars.items()},
    )

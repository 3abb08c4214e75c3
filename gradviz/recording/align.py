"""Outer join of labelled arrays by label, NaN where nothing was recorded.

It works on NumPy arrays for speed: recordings are joined often, and nearly always from pieces of one shape,
for which ``np.concatenate`` is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gradviz.recording.variables import is_of_a_call
from gradviz.vocabulary import CALL, STEP


class Block(NamedTuple):
    """A piece of a recording: labels by dim; dims and values by variable."""

    labels: dict[str, np.ndarray]
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]]


def join(blocks: Sequence[Block], along: str) -> Block:
    """Join blocks along one dim; where two have the same label, the later value wins unless it is NaN.

    Parameters
    ----------
    blocks : sequence of Block
        Labels are unique within a block; every variable is floating point.
        If any block has the dim ``call``, blocks without it count as call 0.
    along : str
        The dim along which blocks are expected to differ.

    Returns
    -------
    Block
        Numeric labels ascend; other labels keep the order of their first appearance. Cells that no block
        has are NaN.
    """
    blocks = _with_equal_calls(blocks)
    labels = {dim: union([b.labels[dim] for b in blocks if dim in b.labels]) for dim in _dims(blocks)}
    names = dict.fromkeys(name for block in blocks for name in block.variables)
    if _end_to_end(blocks, labels, along):
        return Block(labels, {name: _concatenate(blocks, name, along, labels) for name in names})
    return Block(labels, {name: _fill(blocks, name, labels) for name in names})


def with_call(variable: str, dims: tuple[str, ...], values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """A variable of one call, where steps have several: the dim ``call`` of length 1 is after ``step``.

    A metric, and a variable of a training step as a whole, do not change.
    """
    if not is_of_a_call(variable):
        return dims, values
    return (STEP, CALL, *dims[1:]), np.expand_dims(values, 1)


def _with_equal_calls(blocks: Sequence[Block]) -> Sequence[Block]:
    if not any(CALL in block.labels for block in blocks):
        return blocks
    return [block if CALL in block.labels else as_first_call(block) for block in blocks]


def as_first_call(block: Block) -> Block:
    """A block without the dim ``call`` as that of call 0.

    Parameters
    ----------
    block : Block

    Returns
    -------
    Block
    """
    return Block(
        {**block.labels, CALL: np.zeros(1, dtype=np.int64)},
        {name: with_call(name, dims, values) for name, (dims, values) in block.variables.items()},
    )


def _dims(blocks: Sequence[Block]) -> dict[str, None]:
    return dict.fromkeys(dim for block in blocks for dim in block.labels)


def union(pieces: Sequence[np.ndarray]) -> np.ndarray:
    """All labels of one dim: numbers ascending, others in the order of their first appearance.

    Parameters
    ----------
    pieces : sequence of ndarray
        At least one.

    Returns
    -------
    ndarray
    """
    first = pieces[0]
    if all(piece is first or np.array_equal(piece, first) for piece in pieces[1:]):
        return first
    everything = np.concatenate(pieces)
    if everything.dtype.kind in "iuf":
        return np.unique(everything)
    return np.array(list(dict.fromkeys(everything.tolist())), dtype=everything.dtype)


def _end_to_end(blocks: Sequence[Block], labels: dict[str, np.ndarray], along: str) -> bool:
    """Whether concatenation is enough: same variables and labels, no overlap along the dim."""
    if not all(block.variables.keys() == blocks[0].variables.keys() for block in blocks):
        return False
    if not all(
        block.labels.keys() == labels.keys()
        and all(len(block.labels[dim]) == len(labels[dim]) for dim in labels if dim != along)
        for block in blocks
    ):
        return False
    runs = [block.labels[along] for block in blocks if along in block.labels]
    return all(before[-1] < after[0] for before, after in pairwise(run for run in runs if len(run)))


def _concatenate(
    blocks: Sequence[Block], name: str, along: str, labels: dict[str, np.ndarray]
) -> tuple[tuple[str, ...], np.ndarray]:
    dims, values = blocks[0].variables[name]
    if len(blocks) == 1:
        return dims, values
    if along not in dims:
        return _fill(blocks, name, labels)
    return dims, np.concatenate([block.variables[name][1] for block in blocks], axis=dims.index(along))


def _fill(
    blocks: Sequence[Block], name: str, labels: dict[str, np.ndarray]
) -> tuple[tuple[str, ...], np.ndarray]:
    holders = [block for block in blocks if name in block.variables]
    dims = holders[0].variables[name][0]
    dtype = np.result_type(*(block.variables[name][1].dtype for block in holders))
    joined = np.full([len(labels[dim]) for dim in dims], np.nan, dtype=dtype)
    for block in holders:
        index = place_among([block.labels[dim] for dim in dims], [labels[dim] for dim in dims])
        values = block.variables[name][1]
        joined[index] = np.where(np.isnan(values), joined[index], values)
    return dims, joined


def _positions(labels: np.ndarray, among: np.ndarray) -> np.ndarray:
    if among.dtype.kind in "iuf":
        return np.searchsorted(among, labels)
    place = {label: position for position, label in enumerate(among.tolist())}
    return np.array([place[label] for label in labels.tolist()], dtype=np.intp)


def place_among(labels: Sequence[np.ndarray], among: Sequence[np.ndarray]) -> tuple[slice | np.ndarray, ...]:
    """The index of a block's cells in a larger array.

    Parameters
    ----------
    labels : sequence of ndarray
        Of the block, along each dim.
    among : sequence of ndarray
        Of the larger array, along the same dims.

    Returns
    -------
    tuple of slice and ndarray
        With slices where the cells are adjacent, which is several times faster.
    """
    positions = [_positions(own, whole) for own, whole in zip(labels, among, strict=True)]
    contiguous = [
        len(p) > 0 and p[-1] - p[0] + 1 == len(p) and bool(np.all(np.diff(p) == 1)) for p in positions
    ]
    if contiguous.count(False) > 1:
        return np.ix_(*positions)
    return tuple(slice(p[0], p[-1] + 1) if near else p for p, near in zip(positions, contiguous, strict=True))

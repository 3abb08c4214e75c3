"""Whether a module is called again and again for one time step, always from the very same computed state."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch

from gradviz.capture.piece import Piece

FEWEST = 3  # calls that are no coincidence


def calls_from_one_state(calls: Sequence[Sequence[Piece | None]]) -> int:
    """How many calls of a module began with one state, though they read one time step after the other.

    Parameters
    ----------
    calls : sequence of sequences of Piece or None
        The pieces of each recorded call of one module in a training step; None where they are not known.

    Returns
    -------
    int
        The number of calls; 0 unless there are at least `FEWEST`, each is of one time step and continues
        none, all begin with the same state, which was computed and is not zero, and at least `FEWEST` of
        them read something else than the call before.
    """
    alone = [pieces[0] for pieces in calls if len(pieces) == 1]
    pieces = [piece for piece in alone if piece is not None and _is_computed(piece)]
    if len(pieces) < FEWEST or len(pieces) < len(calls):
        return 0
    first = pieces[0]
    if not all(_is_alike(piece.given, first.given) for piece in pieces[1:]):
        return 0
    inputs = [piece.layers[0].x for piece in pieces]
    changes = sum(not _is_alike((x,), (last,)) for last, x in pairwise(inputs))
    return len(pieces) if changes + 1 >= FEWEST and bool(first.given[0].any()) else 0


def _is_computed(piece: Piece) -> bool:
    return piece.steps == 1 and not piece.is_continued and piece.given_at[0] is not None


def _is_alike(some: Sequence[torch.Tensor], others: Sequence[torch.Tensor]) -> bool:
    return all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(some, others, strict=True))

"""The time axis of a sequence that several calls made."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gradviz.capture.piece import Piece
from gradviz.capture.run import Run


class SequenceTimes:
    """When each sequence of the batch begins in each call.

    A sequence goes on where its own data ended in the call before.  One that was not there begins, or goes
    on, at the step after the longest.

    Parameters
    ----------
    pieces : list of Piece
    count : int
        Number of sequences.

    Attributes
    ----------
    steps : int
        Time steps of the longest sequence.
    """

    def __init__(self, pieces: list[Piece], count: int):
        self._is_regular = all(
            piece.layout.valid is None and piece.sequence is pieces[0].sequence for piece in pieces
        )
        self._start: dict[int, Tensor] = {}
        self._end: dict[int, Tensor] = {}
        self.steps = 0
        if self._is_regular:
            self._place_regular(pieces, count)
        else:
            self._place(pieces, count)

    def _place_regular(self, pieces: list[Piece], count: int) -> None:
        """All sequences are in every call, from its first to its last step."""
        whole = torch.ones(count, dtype=torch.long, device=pieces[0].sequence.device)
        for piece in pieces:
            self._start[piece.number] = whole * self.steps
            self.steps += piece.steps
            self._end[piece.number] = whole * self.steps

    def _place(self, pieces: list[Piece], count: int) -> None:
        device = pieces[0].sequence.device
        end = torch.zeros(count, dtype=torch.long, device=device)
        was_there = torch.ones(count, dtype=torch.bool, device=device)
        for piece in pieces:
            start = torch.where(was_there, end, self.steps)
            self._start[piece.number] = start
            was_there = torch.zeros_like(was_there)
            was_there[piece.sequence] = True
            end[piece.sequence] = start[piece.sequence] + piece.lengths
            self._end[piece.number] = end.clone()
            self.steps = max(self.steps, int(end.max()))

    def steps_until(self, piece: Piece) -> Tensor:
        """Time steps of each sequence up to the end of a piece: (sequence,)."""
        return self._end[piece.number]

    def joined(self, runs: Sequence[tuple[Run, Tensor]], chosen: Tensor) -> Tensor:
        """Values of all runs along real time, NaN where a sequence has none.

        Parameters
        ----------
        runs : sequence of (Run, Tensor)
            Values (time, sample, ...) of each run.
        chosen : Tensor of int, shape (sample,)
            Numbers of the sequences.
        """
        if self._is_regular:
            return torch.cat([values for _, values in runs])
        some = runs[0][1]
        whole = some.new_full((self.steps, *some.shape[1:]), torch.nan)
        for run, values in runs:
            first = 0
            for piece in run.pieces:
                here = slice(first, first + piece.steps)
                step, sample = run.valid[here].nonzero(as_tuple=True)
                start = self._start[piece.number][chosen]
                whole[start[sample] + step, sample] = values[here][step, sample]
                first += piece.steps
        return whole

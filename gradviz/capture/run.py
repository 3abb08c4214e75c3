"""A run: consecutive calls whose states are handed on as they are, replayed as one stretch of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from gradviz.capture.autograd_graph import Place
from gradviz.capture.piece import Piece, PieceLayer, Way
from gradviz.capture.step_graph import StepGraph
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Sequences, Weights


@dataclass(frozen=True)
class Run:
    """Consecutive pieces of one sequence in one layer.

    ``rows``: (sample,), the row of each chosen sequence, -1 where the run does not have it.  ``valid``:
    (time, sample).
    """

    pieces: list[Piece]
    layer: int
    rows: Tensor
    valid: Tensor

    @property
    def first(self) -> Piece:
        return self.pieces[0]

    @property
    def last(self) -> Piece:
        return self.pieces[-1]

    @property
    def ends(self) -> tuple[Tensor, Tensor]:
        """Index (time, sample) of the last step of every sequence that the run has."""
        return self.valid.sum(0)[self.present] - 1, self.present

    @cached_property
    def present(self) -> Tensor:
        """Which samples the run has: (n,)."""
        return (self.rows >= 0).nonzero().squeeze(1)

    @cached_property
    def has_all(self) -> bool:
        """Whether it has all of the chosen sequences."""
        return len(self.present) == len(self.rows)

    @property
    def weights(self) -> Weights:
        return self.first.layers[self.layer].weights

    def sequences(self, spec: CellSpec, dtype: torch.dtype) -> Sequences:
        """The chosen sequences; zero where the run does not have them."""
        x = self.joined(lambda piece: piece.layers[self.layer].x)
        out = self.joined(lambda piece: piece.layers[self.layer].native())
        before = [self.by_row(state) for state in self.first.layers[self.layer].before]
        h = torch.cat([before[0].unsqueeze(0), out]).to(dtype)
        return Sequences(x.to(dtype), h, before[1].to(dtype) if spec.has_cell_state else None)

    def joined(self, of_piece: Callable[[Piece], Tensor]) -> Tensor:
        """(time, sample, ...) of all pieces, from the values of each in the shape in which it has them."""
        if len(self.pieces) > 1 and all(piece.layout.valid is None for piece in self.pieces):
            # every row, and forward in time: a call in both directions is never one of several
            return self._chosen(torch.cat([of_piece(piece) for piece in self.pieces]), 1)
        return torch.cat([self.by_time(piece, of_piece(piece)) for piece in self.pieces])

    def by_time(self, piece: Piece, values: Tensor) -> Tensor:
        """(time, sample, ...) of one piece, from the shape in which the call has it."""
        return self._chosen(piece.layout.gather(values), 1)

    def by_row(self, values: Tensor) -> Tensor:
        """(sample, unit) from a state (..., batch, unit)."""
        return self._chosen(values.reshape(-1, values.shape[-1]), 0)

    def _chosen(self, values: Tensor, axis: int) -> Tensor:
        if self.has_all:
            return values.index_select(axis, self.rows)
        found = values.index_select(axis, self.rows.clamp(min=0))
        return found * (self.rows >= 0).to(found.dtype).unsqueeze(-1)


def runs_of(pieces: list[Piece], layer: int, chosen: Tensor, graph: StepGraph) -> list[Run]:
    """Divide a sequence into runs.

    Parameters
    ----------
    pieces : list of Piece
    layer : int
    chosen : Tensor of int, shape (sample,)
        Numbers of the recorded sequences.
    graph : StepGraph

    Returns
    -------
    list of Run
    """
    users: dict[Place, set[int]] = {}  # the pieces to which a state is handed on
    for piece in pieces:
        for way in piece.ways[layer] if piece.ways else ():
            users.setdefault(way.source, set()).add(piece.number)
    groups: list[list[Piece]] = []
    for piece in pieces:
        before = groups[-1][-1] if groups else None
        if before is not None and _is_handed_on_unchanged(before, piece, layer, graph):
            given = {place for place in piece.given_at if place is not None and graph.is_given(place)}
            is_plain = not given & users.keys() and all(
                users.get(place, set()) <= {piece.number} for place in before.places()
            )
        else:
            is_plain = False
        if is_plain:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [run_of(group, layer, chosen) for group in groups]


def run_of(group: list[Piece], layer: int, chosen: Tensor) -> Run:
    """Consecutive pieces as one run; ``chosen``: (sample,), numbers of the recorded sequences."""
    rows = group[0].rows_of(chosen)
    has = rows >= 0
    valid = []
    for piece in group:
        own = piece.layout.valid
        here = has.expand(piece.steps, -1)
        valid.append(here if own is None else own[:, rows.clamp(min=0)] & here)
    return Run(group, layer, rows, torch.cat(valid))


def _is_handed_on_unchanged(before: Piece, after: Piece, layer: int, graph: StepGraph) -> bool:
    """Whether last states are handed on as they are, with nothing to tell apart between the two calls."""
    is_packed = before.layout.valid is not None or after.layout.valid is not None
    if is_packed or after.is_cut or before.sequence is not after.sequence:
        return False
    ways, last = after.ways[layer], before.layers[layer].last_at
    if [way.part for way in ways] != list(range(len(last))):
        return False
    if not _have_equal_values(before, after, layer):
        return False
    return _have_equal_weights(before.layers[layer], after.layers[layer]) and all(
        way.piece is before
        and way.operator.is_identity
        and way.source in (place, before.layers[layer].out_at)
        and (after.given_at[way.part] == way.source or _arrives_unchanged(graph, after, way))
        for way, place in zip(ways, last, strict=True)
    )


def _arrives_unchanged(graph: StepGraph, after: Piece, way: Way) -> bool:
    """Whether a source has got exactly what an incoming state was sent by the call that uses it."""
    at_state = graph.arrived(after.given_at[way.part], after.module)
    there = graph.arrived(way.source, after.module)
    if any(one.direct is not None or not one.direct_is_known for one in (at_state, there)):
        return False
    parts = at_state.carried, at_state.total, there.carried
    if any(part is None for part in parts):  # autograd has not brought it that far
        return at_state.unexplained is None
    sent, total, received = (part.reshape(-1) for part in parts if part is not None)
    return torch.equal(sent, total) and torch.equal(total, received)


def _have_equal_values(before: Piece, after: Piece, layer: int) -> bool:
    """Whether the state that was given is the one returned, and neither has been changed in place.

    What is added to a state leaves its gradient as it is.
    """
    returned = [state if len(before.layers) == 1 else state[layer] for state in before.returned]
    return not before.is_changed and all(
        torch.equal(state.reshape(given.shape), given)
        for state, given in zip(returned, after.layers[layer].before, strict=True)
    )


def _have_equal_weights(one: PieceLayer, other: PieceLayer) -> bool:
    return one.weights is other.weights or all(
        a is b or (a is not None and b is not None and torch.equal(a, b))
        for a, b in zip(one.weights, other.weights, strict=True)
    )

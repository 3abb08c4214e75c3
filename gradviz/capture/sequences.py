"""Joins the recorded calls of each module into sequences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from gradviz.capture.autograd_graph import WayBack
from gradviz.capture.linking import Link, link_by_graph, link_by_value
from gradviz.capture.origin import origins_of
from gradviz.capture.piece import Piece
from gradviz.capture.sequence_call import SequenceCall
from gradviz.capture.step_graph import StepGraph

Promote = Callable[[Piece], SequenceCall]


class Sequences:
    """The sequences of one training step, by module.

    Parameters
    ----------
    graph : StepGraph
    promote : callable
        Makes a sequence of a call that has been recorded alone until now.
    add : callable
        Takes a sequence that another one was split into.

    Attributes
    ----------
    graph : StepGraph
    """

    def __init__(self, graph: StepGraph, promote: Promote, add: Callable[[SequenceCall], None]):
        self.graph = graph
        self._promote = promote
        self._add = add
        self._of_piece: dict[Piece, SequenceCall] = {}
        self._last: dict[str, list[Piece]] = {}  # last pieces of all sequences of a module, the newest last

    def clear(self) -> None:
        self._of_piece.clear()
        self._last.clear()

    def continued_by(self, piece: Piece, incoming: Sequence[Tensor]) -> SequenceCall | None:
        """The sequence that a call continues, with the call appended; None if it begins one.

        Parameters
        ----------
        piece : Piece
        incoming : sequence of Tensor
            The states it was given, h or h and c.
        """
        back = self.graph.way_back(piece)
        link = None if piece.is_bidirectional else self._link(piece, incoming, back)
        self.graph.register(piece)
        self.graph.register_given(piece)
        if link is None:
            if not self.graph.is_passed_over(back.nodes):
                piece.origins = origins_of(piece, incoming, back, self.graph)
            self._last.setdefault(piece.module, []).append(piece)
            return None
        sequence = self._sequence(link.before)
        piece.before, piece.ways = link.before, link.ways
        piece.is_cut = not any(link.ways) and not link.nodes
        self.graph.link(link.nodes)
        sequence.append(piece, link.rows)
        self._of_piece[piece] = sequence
        last = self._last[piece.module]
        last.remove(link.before)
        last.append(piece)
        return sequence

    def begun_with(self, piece: Piece, sequence: SequenceCall) -> None:
        """Remember which sequence a piece belongs to."""
        self._of_piece[piece] = sequence

    def of(self, piece: Piece) -> SequenceCall | None:
        """The sequence of a piece; None if the call was recorded alone."""
        return self._of_piece.get(piece)

    def _link(self, piece: Piece, incoming: Sequence[Tensor], back: WayBack) -> Link | None:
        own = [
            self.graph.known[place]
            for place in back.sources
            if self.graph.known[place].piece.module == piece.module
            and not self.graph.known[place].piece.is_bidirectional
        ]
        if not own:
            return self._link_by_value(piece, incoming)
        link = link_by_graph(piece, incoming, back, self.graph)
        if link is not None and self._is_plain(link):
            return link
        for state in own:
            self._end_sequence(state.piece if state.kind != "given" else state.piece.before)
        return None

    def _is_plain(self, link: Link) -> bool:
        """Whether a link leads to the last piece of one sequence, and to no other sequence."""
        if link.before not in self._last.get(link.before.module, ()):
            return False
        reached = {way.piece for ways in link.ways for way in ways} | {link.before}
        return len({id(self._of_piece.get(piece, piece)) for piece in reached}) == 1

    def _link_by_value(self, piece: Piece, incoming: Sequence[Tensor]) -> Link | None:
        earlier = self._last.get(piece.module)
        if not earlier or not bool(incoming[0].detach().any()):
            return None
        links = (link_by_value(piece, incoming, before) for before in reversed(earlier))
        return next((link for link in links if link is not None), None)

    def _sequence(self, piece: Piece) -> SequenceCall:
        if piece not in self._of_piece:
            self._of_piece[piece] = self._promote(piece)
        return self._of_piece[piece]

    def _end_sequence(self, piece: Piece | None) -> None:
        """Let a sequence end with a piece whose state several calls, or a part of a call, go on from."""
        if piece is None:
            return
        sequence = self._sequence(piece)
        self.graph.end_at(piece)
        if sequence.pieces[-1] is piece:
            return
        later = sequence.split(sequence.pieces[sequence.pieces.index(piece) + 1])
        for each in later.pieces:
            self._of_piece[each] = later
        self._last[piece.module].append(piece)
        self._add(later)

"""Which earlier call a call continues, and how: through autograd's graph, or by values that were detached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import Place, WayBack
from gradviz.capture.hand_over import Operator, operators
from gradviz.capture.piece import Piece, Way
from gradviz.capture.step_graph import KnownState, StepGraph
from gradviz.capture.warn_user import warn_user

LARGEST_COMPARISON = 10**7  # numbers that are compared to find the rows of a detached state


class Link(NamedTuple):
    """How a call continues an earlier one.

    ``before``: the piece it continues.  ``ways``: of each layer.  ``nodes``: between the two.  ``rows``:
    (batch,), for each row of the call the number of its sequence, -1 if it begins one.
    """

    before: Piece
    ways: list[list[Way]]
    nodes: list[Node]
    rows: Tensor


def link_by_graph(piece: Piece, incoming: Sequence[Tensor], back: WayBack, graph: StepGraph) -> Link | None:
    """The link along ways through the graph from the incoming states to outgoing ones of the same module.

    Parameters
    ----------
    piece : Piece
        The new call.
    incoming : sequence of Tensor
        Its states as it was given them, h or h and c.
    back : WayBack
        From these to known states.
    graph : StepGraph

    Returns
    -------
    Link or None
        To the last of the pieces it can be reached from; None if there is no such way, if it starts from
        states in the middle of a call, or if rows of the batch cannot be followed, which gives a warning.
    """
    own = {
        place: graph.known[place] for place in back.sources if graph.known[place].piece.module == piece.module
    }
    outgoing = [state.piece for state in own.values() if state.kind != "given"]
    if not outgoing:
        return None
    untouched = _link_untouched(piece, own)
    if untouched is not None:
        return untouched
    ways: list[list[Way]] = [[] for _ in piece.layers]
    moved: list[tuple[Piece, Operator, int]] = []
    for part, (tensor, start) in enumerate(zip(incoming, piece.given_at, strict=True)):
        if start is None:
            continue
        shapes = {place: state.shape for place, state in own.items()}
        for place, whole in operators(tensor, start, back.nodes, shapes).items():
            state = own[place]
            operator = of_last_step(whole, state) if state.kind == "out" else whole
            if operator is None:
                return None
            for layer, one in _by_layer(operator, state, piece):
                ways[layer].append(Way(part, place, state.piece, one))
                moved.append((state.piece, one, part))
    before = outgoing[0] if len(outgoing) == 1 else _latest(outgoing, ways)
    rows = _rows(piece, before, moved)
    return None if rows is None else Link(before, ways, back.nodes, rows)


def _link_untouched(piece: Piece, own: dict[Place, KnownState]) -> Link | None:
    """The link of a call of one layer that was given the last states of another as they are."""
    states = [None if place is None else own.get(place) for place in piece.given_at]
    before = states[0].piece if states[0] is not None else piece
    is_untouched = all(
        state is not None and state.piece is before and state.kind == "last" and state.part == part
        for part, state in enumerate(states)
    )
    if not is_untouched or len(piece.layers) > 1 or len(before.layers) > 1:
        return None
    ways = [
        Way(part, place, before, before.handed_on_as_it_is(part))
        for part, place in enumerate(piece.given_at)
        if place is not None
    ]
    return Link(before, [ways], [], before.sequence)


def _latest(outgoing: list[Piece], ways: list[list[Way]]) -> Piece:
    """The piece that was called last, among those that a gradient can reach and those that continue it.

    A later one may count with the weight 0, as after the halt of adaptive computation.
    """
    reached = {id(way.piece) for of_layer in ways for way in of_layer}
    found = max(outgoing, key=lambda piece: (id(piece) in reached, piece.number))
    return max(
        (piece for piece in outgoing if piece is found or _continues(piece, found)),
        key=lambda piece: piece.number,
    )


def _continues(piece: Piece, other: Piece) -> bool:
    """Whether a piece goes on, by any number of calls, where another one ended."""
    before: Piece | None = piece
    while before is not None and before.number > other.number:
        before = before.before
    return before is other


def of_last_step(operator: Operator, state: KnownState) -> Operator | None:
    """Of an operator to all hidden states of a call, the part that concerns the last step of each row.

    None if another step is read too, or if the hidden states are those of two directions.
    """
    if operator.rows is None:
        return Operator(None, None)
    if state.piece.is_bidirectional:
        return None
    piece = state.piece
    last = piece.layout.gather(
        torch.arange(len(operator.rows), device=operator.rows.device).view(
            piece.layers[state.layer].out.shape[:-1]
        )
    )
    ends = last[piece.lengths - 1, torch.arange(piece.batch, device=last.device)]
    others = operator.rows.clone()
    others[ends] = -1
    if bool((others >= 0).any()):
        return None
    return Operator(operator.rows[ends], None if operator.factor is None else operator.factor[ends])


def _by_layer(operator: Operator, state: KnownState, piece: Piece) -> list[tuple[int, Operator]]:
    """An operator between flattened states as one for each layer; its rows become those within a layer."""
    layers, batch = len(piece.layers), piece.batch
    if state.kind != "given":
        parts = [(state.layer, operator)]
    else:
        size = state.piece.batch
        parts = [
            (number, _part(operator, slice(number * size, (number + 1) * size)))
            for number in range(len(state.piece.layers))
        ]
    found = []
    for number, one in parts:
        if one.rows is None:
            found.append((number, one))
            continue
        used = one.rows >= 0
        if bool((one.rows[used] // batch != number).any()) and layers > 1:
            found.append((number, Operator(None, None)))
            continue
        found.append((number, Operator(torch.where(used, one.rows % batch, -1), one.factor)))
    return found


def _part(operator: Operator, here: slice) -> Operator:
    """An operator to some of the rows of its source."""
    return Operator(*(None if each is None else each[here] for each in (operator.rows, operator.factor)))


def _rows(piece: Piece, before: Piece, moved: list[tuple[Piece, Operator, int]]) -> Tensor | None:
    """The sequence of each row of a call, -1 if it begins a new one; None if that cannot be told."""
    rows = torch.full_like(piece.sequence, -1)
    is_clear = bool(moved) or piece.batch == before.batch
    for source, operator, _ in moved:
        if operator.rows is None:
            is_clear = False
            continue
        used = operator.rows >= 0
        into, number = operator.rows[used], source.sequence[used]
        is_clear &= not bool(((rows[into] >= 0) & (rows[into] != number)).any())
        rows[into] = number
    if not is_clear:
        warn_user(
            f"{piece.module!r}: a state was handed on to a batch of {piece.batch} in a way in which its "
            f"{before.batch} rows cannot be followed (an index, a slice, a mask of rows and torch.cat can "
            "be); the sequences end here in the recording, and others begin",
            RuntimeWarning,
        )
        return None
    known = rows >= 0
    if piece.batch == before.batch and torch.equal(rows[known], before.sequence[known]):
        return before.sequence  # rows whose gradient is cut keep their place
    return rows


def link_by_value(piece: Piece, incoming: Sequence[Tensor], before: Piece) -> Link | None:
    """The link to a piece whose last states were handed on detached, if row by row they are equal or zero.

    Parameters
    ----------
    piece : Piece
    incoming : sequence of Tensor
        As in `link_by_graph`.
    before : Piece
        The last piece of a sequence of the same module.

    Returns
    -------
    Link or None
    """
    if len(piece.layers) != len(before.layers):
        return None
    given, last = incoming[0].detach(), before.returned[0]
    if given.shape[-1] != last.shape[-1] or given.device != last.device or given.dtype != last.dtype:
        return None
    given, last = (
        states.reshape(len(piece.layers), -1, states.shape[-1]).transpose(0, 1).flatten(1)
        for states in (given, last)
    )  # (batch, layer * unit)
    if len(given) == len(last):
        is_equal, is_zero = (given == last).all(1), (given == 0).all(1)
        if bool((is_equal | is_zero).all()) and bool((is_equal & ~is_zero).any()):
            return Link(before, [[] for _ in piece.layers], [], before.sequence)
    if given.numel() * len(last) > LARGEST_COMPARISON:
        return None
    same = (given.unsqueeze(1) == last.unsqueeze(0)).all(2) & (given != 0).any(1, keepdim=True)
    if not bool(same.any(1).all()) or bool((same.sum(1) > 1).any()) or bool((same.sum(0) > 1).any()):
        return None
    rows = before.sequence[same.long().argmax(1)]
    return Link(before, [[] for _ in piece.layers], [], rows)

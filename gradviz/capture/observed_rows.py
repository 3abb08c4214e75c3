"""Follows the rows of a batch from one observed state to the next, as autograd's graph shows them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import Place, place_of, way_back
from gradviz.capture.followed_view import view_of
from gradviz.capture.hand_over import moves_rows, operators
from gradviz.capture.observed_tensor import ObservedTensor
from gradviz.capture.private_torch import works_along_last_axis


def followed_rows(
    state: Tensor, before: ObservedTensor, sequence: Tensor, dead_ends: set[Node]
) -> Tensor | None:
    """The sequence of each row, -1 for a new one; None if nothing has moved the rows, or that cannot be told.

    Parameters
    ----------
    state : Tensor, shape (batch, unit) or (unit,)
    before : ObservedTensor
        The state at the time step before.
    sequence : Tensor of int, shape (batch,)
        The number of each of its rows' sequence.
    dead_ends : set of Node
        Nodes that lead to no state that can be the one before; those that are found are added.
    """
    start = place_of(state)
    shapes = _shapes(before)
    base = view_of(state)
    if base is not None and before.place is not None and place_of(base[0]) == before.place != before.own:
        del shapes[before.place]  # parts of one tensor: neither was computed from the other
    if start is None or not shapes:
        return None
    back = way_back([start], shapes.__contains__, dead_ends)
    if not back.sources or not moves_rows(node for node in back.nodes if not works_along_last_axis(node)):
        return None
    used = {place: shapes[place] for place in back.sources}
    for place, operator in operators(state, start, back.nodes, used).items():
        rows = operator.rows
        if rows is None:
            continue
        if place != before.own and before.view is not None:
            of_view = before.view.first_rows()
            rows = None if of_view is None else rows[torch.tensor(of_view, device=rows.device)]
        if rows is not None:
            found = torch.full((len(torch.atleast_2d(state)),), -1, device=state.device)
            found[rows[rows >= 0]] = sequence[rows >= 0]
            return found
    return None


def _shapes(before: ObservedTensor) -> dict[Place, tuple[int, ...]]:
    """The places by which the state before is known, with the shapes of what the graph has there."""
    found = {}
    if before.place is not None:
        found[before.place] = before.base_shape
    if before.own is not None:
        found[before.own] = tuple(before.values.shape)
    return found

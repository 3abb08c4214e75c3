"""Whether a loss compares every output of a batch with every target: (batch, 1) with (batch,)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.all_pairs import are_only_added_up
from gradviz.capture.autograd_graph import Edge, Place, edges_of, kind_of
from gradviz.capture.private_torch import saved_tensor, shapes_of_outputs

Shape = tuple[int, ...]

_LOSSES = frozenset(("MseLoss", "SmoothL1Loss", "HuberLoss"))
_UNCHANGED = frozenset(("Expand", "ToCopy"))
_TELLING = 5  # size from which equal rows of a matrix are no coincidence


def broadcast_at(node: Node, users: Mapping[Node, Sequence[Node]]) -> float | None:
    """Whether a node compares all pairs of outputs and targets.

    Parameters
    ----------
    node : Node
    users : mapping of Node to sequence of Node
        The nodes of the loss that use the result of each.

    Returns
    -------
    float or None
        1, 0, or NaN if the graph does not tell, or the loss may want all pairs; None if the node compares
        nothing.  It is 1 for an output of shape (batch, 1) that is compared with a target (batch,), or the
        other way round.  The graph has the shape of what carries a gradient only; the target's is told by
        its strides, or by the values.
    """
    is_loss, edges = kind_of(node) in _LOSSES, edges_of(node)
    compared = _compared(node, is_loss, edges)
    if compared is None:
        return None
    given = {_before_expansion(edge.source) for edge in edges}
    size = compared[0] if compared else 0
    column, row = (size, 1), (size,)
    if compared != (size, size) or size < 2 or not given & {column, row}:
        return 0.0
    if len(edges) > 1:
        found = float(given == {column, row})
    else:
        values = saved_tensor(node, "target") if is_loss else _saved_by_user(node, users[node])
        if values is None or tuple(values.shape) != compared:
            return math.nan
        judge = _is_repeated if is_loss else _is_outer
        found = judge(values if column in given else values.T)
    return math.nan if found == 1 and not are_only_added_up(node, size, users) else found


def _compared(node: Node, is_loss: bool, edges: Sequence[Edge]) -> Shape | None:
    """The shape in which outputs and targets are compared; None if the node does not do that."""
    if is_loss and edges:
        return shapes_of_outputs(edges[0].source.node)[edges[0].source.number]
    if kind_of(node) == "Sub" and len(edges) == 1:  # else a difference of two outputs
        return shapes_of_outputs(node)[0]
    return None


def _before_expansion(place: Place) -> Shape:
    """The shape that a value had before it was broadcast or cast."""
    while kind_of(place.node) in _UNCHANGED and len(edges := edges_of(place.node)) == 1:
        place = edges[0].source
    return shapes_of_outputs(place.node)[place.number]


def _saved_by_user(node: Node, users: Sequence[Node]) -> Tensor | None:
    """The result of a node, if a node that uses nothing else has saved it (an absolute value, a power)."""
    for user in users:
        if all(edge.source.node is node for edge in edges_of(user)):
            saved = saved_tensor(user, "self")
            if saved is not None:
                return saved
    return None


def _is_repeated(target: Tensor) -> float:
    """Whether all rows of a target are one row.  (n, n)"""
    if target.stride(0) == 0:
        return 1.0
    if not bool((target == target[0]).all()):
        return 0.0
    is_constant = bool((target == target[0, 0]).all())
    return math.nan if is_constant or len(target) < _TELLING else 1.0


def _is_outer(difference: Tensor) -> float:
    """Whether a matrix is p_i - t_j, with a t that varies, to rounding.  (n, n)"""
    values = difference.detach().cpu().double()
    rounding = 4 * torch.finfo(difference.dtype).eps * float(values.abs().max())
    if not math.isfinite(rounding):
        return math.nan
    if not values.diagonal().any():
        return math.nan  # differences of the outputs among themselves
    across_rows = values - values[0]
    if float((across_rows - across_rows[:, :1]).abs().max()) > rounding:
        return 0.0
    is_constant = float((values[0] - values[0, 0]).abs().max()) <= rounding
    return math.nan if is_constant or len(values) < _TELLING else 1.0

"""Whether a loss compares every output of a batch with every target: (batch, 1) with (batch,)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import edges_of
from gradviz.capture.private_torch import saved_tensor, shapes_of_outputs

Shape = tuple[int, ...]

_LOSSES = frozenset(("MseLoss", "SmoothL1Loss", "HuberLoss"))
_UNCHANGED = frozenset(("Expand", "ToCopy"))
_TELLING = 5  # size from which equal rows of a matrix are no coincidence


def kind_of(node: Node) -> str:
    """Name of the operation that a node differentiates, such as ``"LogSoftmax"``."""
    return node.name().rpartition("Backward")[0] or node.name()


def broadcast_at(node: Node, users: Sequence[Node]) -> float | None:
    """Whether a node compares all pairs of outputs and targets.

    Parameters
    ----------
    node : Node
    users : sequence of Node
        The nodes that use its result.

    Returns
    -------
    float or None
        1, 0, or NaN if the graph does not tell; None if the node compares nothing.  It is 1 for an output
        of shape (batch, 1) that is compared with a target (batch,), or the other way round.  The graph has
        the shape of what carries a gradient only; the target's is told by its strides, or by the values.
    """
    kind = kind_of(node)
    if kind not in _LOSSES and kind != "Sub":
        return None
    edges = edges_of(node)
    if kind == "Sub" and len(edges) != 1:
        return None  # a difference of two outputs, or of none
    if not edges:
        return 0.0
    compared = shapes_of_outputs(edges[0].source.node)[edges[0].source.number]
    if kind == "Sub":
        compared = shapes_of_outputs(node)[0]
    given = {_before_expansion(edge.source.node, edge.source.number) for edge in edges}
    size = compared[0] if compared else 0
    column, row = (size, 1), (size,)
    if compared != (size, size) or size < 2 or not given & {column, row}:
        return 0.0
    if len(edges) == 2:
        return float(given == {column, row})
    by_row = column in given  # the same target in every row
    if kind == "Sub":
        difference = _difference(node, users, compared)
        return math.nan if difference is None else _is_outer(difference if by_row else difference.T)
    target = saved_tensor(node, "target")
    if target is None or tuple(target.shape) != compared:
        return math.nan
    return _is_repeated(target if by_row else target.T)


def _before_expansion(node: Node, number: int) -> Shape:
    """The shape that a value had before it was broadcast or cast."""
    while kind_of(node) in _UNCHANGED and len(edges := edges_of(node)) == 1:
        node, number = edges[0].source
    return shapes_of_outputs(node)[number]


def _difference(node: Node, users: Sequence[Node], shape: Shape) -> Tensor | None:
    """The result of a node, if one that uses nothing else has saved it (an absolute value, a power)."""
    for user in users:
        if all(edge.source.node is node for edge in edges_of(user)):
            saved = saved_tensor(user, "self")
            if saved is not None and tuple(saved.shape) == shape:
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
    across_rows = values - values[0]
    if float((across_rows - across_rows[:, :1]).abs().max()) > rounding:
        return 0.0
    is_constant = float((values[0] - values[0, 0]).abs().max()) <= rounding
    return math.nan if is_constant or len(values) < _TELLING else 1.0

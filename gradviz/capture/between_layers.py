"""The dropout between two layers of a call: by which factor it scales the gradient of each unit."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.capture.autograd_graph import edges_of, place_of
from gradviz.capture.private_torch import shapes_of_outputs
from gradviz.capture.pull_back import NotCallable, call


def dropout_factor(before: Tensor, after: Tensor) -> Tensor | None:
    """The derivative of each unit after dropout with respect to the same unit before it.

    No random numbers are drawn.  It is asked of the dropout's own node in autograd's graph; where that must
    not be called it is the ratio of the values.

    Parameters
    ----------
    before, after : Tensor, shape (..., unit)

    Returns
    -------
    Tensor, shape (..., unit), or None
        None if it cannot be told: the node must not be called and some value before is 0.
    """
    try:
        return _from_graph(before, after)
    except NotCallable:
        before, after = before.detach(), after.detach()
        return after / before if bool((before != 0).all()) else None


def _from_graph(before: Tensor, after: Tensor) -> Tensor:
    node, source = after.grad_fn, place_of(before)
    edges = [] if node is None else [edge for edge in edges_of(node) if edge.source == source]
    if node is None or len(edges) != 1:
        raise NotCallable("there is not one dropout node between the two")
    others = [None] * (len(shapes_of_outputs(node)) - 1)
    factor = call(node, [torch.ones_like(after, requires_grad=False), *others])[edges[0].position]
    if factor is None:
        raise NotCallable(node.name())
    return factor.detach()

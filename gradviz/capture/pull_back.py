"""Vector-Jacobian products of a few nodes of autograd's graph, outside of any backward pass.

A node is called directly, so no hook on a tensor or a node fires.  Nodes whose saved tensors are packed by
hooks (an activation checkpoint, offloading) and functions written in Python are not called: that would run
the user's code more often than without gradviz.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import Place, edges_of
from gradviz.capture.private_torch import as_received, has_packed_tensors, shapes_of_outputs

_WITH_EFFECTS = "torch::autograd::AccumulateGrad"


class NotCallable(Exception):
    """A node cannot be called without running code of the user."""


def can_call(node: Node) -> bool:
    """Whether a node computes the same gradient, and nothing else, each time it is called."""
    if isinstance(node, BackwardCFunction) or node.name() == _WITH_EFFECTS:
        return False
    return not has_packed_tensors(node)


def call(node: Node, gradients: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """The gradients at the inputs of a node, from those at its outputs.

    Raises
    ------
    NotCallable
        If `can_call` is False, or the graph has been freed.
    """
    if not can_call(node):
        raise NotCallable(node.name())
    try:
        with torch.no_grad():
            found = cast("Callable[..., Any]", node)(*gradients)
    except RuntimeError as error:  # a second backward pass through a freed graph, which PyTorch will report
        raise NotCallable(str(error)) from error
    return found if isinstance(found, tuple) else (found,)


def pull_back(
    nodes: Sequence[Node], gradients: Mapping[Place, Tensor], sources: set[Place]
) -> dict[Place, Tensor]:
    """Take gradients back through nodes.

    Parameters
    ----------
    nodes : sequence of Node
        In the order in which a backward pass runs them.
    gradients : mapping of Place to Tensor
        At some places of the nodes.
    sources : set of Place
        Where to stop.

    Returns
    -------
    dict of Place to Tensor
        The gradient at each source; a source without a gradient is missing.

    Raises
    ------
    NotCallable
        If a node cannot be called.
    """
    here: dict[Place, Tensor] = {}
    for place, gradient in gradients.items():
        here[place] = gradient
    for node in nodes:
        outputs = [Place(node, number) for number in range(len(shapes_of_outputs(node)))]
        given = [None if place in sources else here.pop(place, None) for place in outputs]
        if all(gradient is None for gradient in given):
            continue
        found = call(node, given)
        for edge in edges_of(node):
            sent = found[edge.position]
            if sent is not None and bool(sent.any()):
                sent = as_received(*edge.source, sent)
                before = here.get(edge.source)
                here[edge.source] = sent if before is None else before + sent
    return {place: gradient for place, gradient in here.items() if place in sources}

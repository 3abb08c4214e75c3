"""Whether a call begins with a state of an earlier training step that was not detached."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.autograd_graph import Place, edges_of, place_of

_MOST_NODES = 4096


def comes_from_before(
    states: Iterable[Tensor], weights: Iterable[Tensor | None], is_known: Callable[[Place], bool]
) -> float:
    """Whether the graph of a call's first states holds another use of the module's weights.

    Parameters
    ----------
    states : iterable of Tensor
        As the call was given them.
    weights : iterable of Tensor or None
        Of the module. No initial state is computed from them, except by the module itself.
    is_known : callable
        Whether a place of the graph is a state of a call of this training step: the walk ends there.

    Returns
    -------
    float
        1 or 0; NaN if no state has a graph, or if it is too large to look through.
    """
    starts = [place for place in map(place_of, states) if place is not None]
    if not starts:
        return math.nan
    own = {id(weight) for weight in weights if weight is not None}
    waiting: list[Node] = [place.node for place in starts if not is_known(place)]
    seen = set(waiting)
    for number, node in enumerate(waiting):
        if id(getattr(node, "variable", None)) in own:
            return 1.0
        if number >= _MOST_NODES:
            return math.nan
        for edge in edges_of(node):
            if edge.source.node not in seen and not is_known(edge.source):
                seen.add(edge.source.node)
                waiting.append(edge.source.node)
    return 0.0

"""Walks over autograd's graph: places, the nodes of a call, and the way from a state back to earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from torch import Tensor
from torch.autograd.graph import Node


class Place(NamedTuple):
    """Where the graph has a tensor: output ``number`` of ``node``."""

    node: Node
    number: int


class Edge(NamedTuple):
    """Input ``position`` of ``node``, and the place from which it comes."""

    node: Node
    position: int
    source: Place


def place_of(tensor: Tensor | None) -> Place | None:
    """The place of a tensor; None if no node computed it."""
    if tensor is None or tensor.grad_fn is None:
        return None
    return Place(tensor.grad_fn, tensor.output_nr)


def kind_of(node: Node) -> str:
    """Name of the operation that a node differentiates, such as ``"LogSoftmax"``."""
    return node.name().rpartition("Backward")[0] or node.name()


def edges_of(node: Node) -> list[Edge]:
    """The edges to what the node was computed from."""
    return [
        Edge(node, position, Place(source, number))
        for position, (source, number) in enumerate(node.next_functions)
        if source is not None
    ]


def edges_into_call(
    outputs: Iterable[Node], inputs: Iterable[Tensor | None], within: Iterable[Place] = ()
) -> list[Edge]:
    """The edges by which a call uses what it was given.

    Parameters
    ----------
    outputs : iterable of Node
        Nodes of what the call returned.
    inputs : iterable of Tensor or None
        What it was given; tensors that no node computed do not count.
    within : iterable of Place
        Outputs whose use within the call counts too.

    Returns
    -------
    list of Edge
        From a node of the call to the place of an input, or one of ``within``.
    """
    given = {place for place in map(place_of, inputs) if place is not None}
    stops = {place.node for place in given}
    wanted = given | set(within)
    waiting = list(dict.fromkeys(outputs))
    seen = set(waiting)
    found = []
    for node in waiting:
        for position, (source, number) in enumerate(node.next_functions):
            if source is None:
                continue
            if (source, number) in wanted:  # equal to the place, and quicker to make
                found.append(Edge(node, position, Place(source, number)))
            if source not in seen and source not in stops:
                seen.add(source)
                waiting.append(source)
    return found


def uses_weight(node: Node, weight: Tensor) -> bool:
    """Whether a node multiplies by a weight, transposed or not."""
    sources = [edge.source for edge in edges_of(node)]
    for source in sources:
        if source.node.name() == "TBackward0":
            sources += [edge.source for edge in edges_of(source.node)]
    if weight.grad_fn is not None:
        return place_of(weight) in sources
    return any(getattr(source.node, "variable", None) is weight for source in sources)


class WayBack(NamedTuple):
    """The part of the graph between an incoming state and the states it was computed from.

    ``nodes``: in the order in which a backward pass runs them.  ``sources``: known places that they reach,
    without those that are reached only through other known places.
    """

    nodes: list[Node]
    sources: set[Place]


def way_back(starts: Iterable[Place], is_known: Callable[[Place], bool], dead_ends: set[Node]) -> WayBack:
    """Walk back from incoming states to known ones.

    Parameters
    ----------
    starts : iterable of Place
        They are not taken as sources themselves unless they are known.
    is_known : callable
        Whether a place is a known state: the walk does not go beyond it.
    dead_ends : set of Node
        Nodes that lead to no known place.  Those that the walk finds are added.

    Returns
    -------
    WayBack
    """
    sources: set[Place] = set()
    leading: dict[Node, bool] = {}
    order: list[Node] = []  # sources first

    def visit(first: Node) -> None:
        stack = [(first, iter(edges_of(first)))]
        leading[first] = False
        while stack:
            node, rest = stack[-1]
            edge = next(rest, None)
            if edge is None:
                stack.pop()
                if leading[node]:
                    order.append(node)
                    if stack:
                        leading[stack[-1][0]] = True
                else:
                    dead_ends.add(node)
            elif is_known(edge.source):
                sources.add(edge.source)
                leading[node] = True
            elif edge.source.node in leading:
                leading[node] |= leading[edge.source.node]
            elif edge.source.node not in dead_ends:
                leading[edge.source.node] = False
                stack.append((edge.source.node, iter(edges_of(edge.source.node))))

    for start in starts:
        if is_known(start):
            sources.add(start)
        elif start.node not in leading and start.node not in dead_ends:
            visit(start.node)
    return WayBack(order[::-1], sources)

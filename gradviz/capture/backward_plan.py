"""What one backward pass sends to each state, told apart by its way: from a later call, or directly.

The graph is walked once from the roots before the pass runs.  Every node that sends a gradient to a state
gets a hook for the time of the pass, so each part is seen before autograd adds them up.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from torch import Tensor
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from gradviz.capture.arrived_gradient import ArrivedGradient, Kind, plus
from gradviz.capture.autograd_graph import Edge, Place, edges_of
from gradviz.capture.private_torch import shapes_of_outputs
from gradviz.capture.pull_back import NotCallable, call
from gradviz.capture.unsupported import check_plain_backward


class CallEdges(NamedTuple):
    """The edges by which one call uses what it was given.

    ``kinds``: by node and position, the edges to its state, and those from its hidden to its own cell state;
    all others bring a direct gradient.
    """

    kinds: dict[tuple[Node, int], Kind]
    edges: tuple[Edge, ...]


class KnownGraph(NamedTuple):
    """The part of the graph that belongs to recorded calls.

    ``states``: what arrives at the states between calls.  ``calls``: the edges of a call, by each node of its
    outputs.  ``between``: the nodes between calls, in the order in which a backward pass runs them.
    """

    states: dict[Place, ArrivedGradient]
    calls: dict[Node, CallEdges]
    between: list[Node]


class BackwardPlan:
    """Hooks for one backward pass; `remove` takes them away.

    Parameters
    ----------
    graph : KnownGraph
    roots : iterable of Node
        Where the pass starts.
    """

    def __init__(self, graph: KnownGraph, roots: Iterable[Node]):
        self._graph = graph
        self._between = set(graph.between)
        self._parts: dict[Place, ArrivedGradient] = {}  # at the nodes between calls
        self._handles: list[RemovableHandle] = []
        self.has_arrived = False
        roots = list(dict.fromkeys(roots))
        self._with_parts = self._between | set(roots)
        users, kinds = self._users_of_states(roots)
        carried, direct = self._ways(users, kinds, set(roots))
        edges: dict[Node, list[Edge]] = {}
        for edge in (edge for each in users.values() for edge in each):
            edges.setdefault(edge.node, []).append(edge)
        for node, sent in edges.items():
            if node in self._between and node in carried and node in direct:
                act = partial(self._split, node, sent)
            else:
                default: Kind = "carried" if node in self._between and node in carried else "direct"
                act = partial(
                    self._pass_on,
                    [(edge, kinds.get((node, edge.position), default)) for edge in sent],
                )
            self._handles.append(node.register_hook(act))
        for root in roots:
            if root in users:
                self._handles.append(root.register_prehook(partial(self._start, root)))
        places: dict[Node, list[Place]] = {}
        for place in graph.states:
            if place.node in users:
                places.setdefault(place.node, []).append(place)
        for node, of_node in places.items():
            self._handles.append(node.register_prehook(partial(self._total, of_node)))

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._parts.clear()

    def _users_of_states(
        self, roots: Iterable[Node]
    ) -> tuple[dict[Node, list[Edge]], dict[tuple[Node, int], Kind]]:
        """The edges into every node of interest, by that node; and the kinds of those within calls."""
        wanted = self._between | {place.node for place in self._graph.states}
        users: dict[Node, list[Edge]] = {}
        kinds: dict[tuple[Node, int], Kind] = {}
        waiting = list(roots)
        users.update((root, []) for root in waiting if root in wanted)
        seen = set(waiting)
        used: set[int] = set()
        for node in waiting:
            call_edges = self._graph.calls.get(node)
            if call_edges is None:
                found: Iterable[Edge] = edges_of(node)
            elif id(call_edges) in used:
                continue
            else:
                used.add(id(call_edges))
                kinds.update(call_edges.kinds)
                found = call_edges.edges
            for edge in found:
                source = edge.source.node
                if source in wanted:
                    users.setdefault(source, []).append(edge)
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return users, kinds

    def _ways(
        self, users: dict[Node, list[Edge]], kinds: dict[tuple[Node, int], Kind], roots: set[Node]
    ) -> tuple[set[Node], set[Node]]:
        """Nodes between calls that gradients of later calls reach, and nodes that others reach."""
        carried: set[Node] = set()
        direct = set(roots)
        for node in self._graph.between:
            for edge in users.get(node, ()):
                if (edge.node, edge.position) in kinds:
                    carried.add(node)
                elif edge.node in self._between:
                    if edge.node in carried:
                        carried.add(node)
                    if edge.node in direct:
                        direct.add(node)
                else:
                    direct.add(node)
        return carried, direct

    def _arrive(self, place: Place, gradient: Tensor | None, kind: Kind) -> None:
        if gradient is None:
            return
        state = self._graph.states.get(place)
        if state is not None:
            state.add(gradient.detach(), kind)
        if place.node in self._with_parts:
            self._parts.setdefault(place, ArrivedGradient()).add(gradient.detach(), kind)

    def _pass_on(
        self, sent: list[tuple[Edge, Kind]], gradients: tuple[Tensor | None, ...], _: object
    ) -> None:
        for edge, kind in sent:
            self._arrive(edge.source, gradients[edge.position], kind)

    def _start(self, root: Node, gradients: tuple[Tensor | None, ...]) -> None:
        """What the pass itself was started with at a root, which comes by no edge, is direct."""
        for number, gradient in enumerate(gradients):
            if gradient is None:
                continue
            place = Place(root, number)
            so_far = self._parts.get(place, ArrivedGradient())
            by_edges = plus(so_far.direct, so_far.carried)
            self._arrive(place, gradient if by_edges is None else gradient - by_edges, "direct")

    def _total(self, places: list[Place], gradients: tuple[Tensor | None, ...]) -> None:
        check_plain_backward(gradients)
        for place in places:
            gradient = gradients[place.number]
            if gradient is not None:
                self.has_arrived = True
                self._graph.states[place].add_total(gradient.detach())

    def _split(self, node: Node, sent: list[Edge], gradients: tuple[Tensor | None, ...], _: object) -> None:
        """Take the direct part of what has arrived at a node through it alone."""
        places = [Place(node, number) for number in range(len(shapes_of_outputs(node)))]
        here = [self._parts.pop(place, ArrivedGradient()) for place in places]
        direct = [part.direct for part in here]
        is_known = all(part.direct_is_known for part in here)
        found: tuple[Tensor | None, ...] | None
        if _is_nothing(direct):
            found = (None,) * len(gradients)
        elif _is_nothing([part.carried for part in here]):
            found = gradients
        else:
            found = _direct_part(node, direct, here, gradients)
        for edge in sent:
            gradient = gradients[edge.position]
            if gradient is None:
                continue
            if found is None or not is_known:
                self._arrive(edge.source, gradient, "carried")
                for states in (self._graph.states, self._parts):
                    if edge.source in states:
                        states[edge.source].direct_is_known = False
                continue
            part = found[edge.position]
            self._arrive(edge.source, part, "direct")
            self._arrive(edge.source, gradient if part is None else gradient - part, "carried")


def _is_nothing(gradients: list[Tensor | None]) -> bool:
    return all(gradient is None or not bool(gradient.any()) for gradient in gradients)


def _direct_part(
    node: Node,
    direct: list[Tensor | None],
    here: list[ArrivedGradient],
    gradients: tuple[Tensor | None, ...],
) -> tuple[Tensor | None, ...] | None:
    """The gradients at a node's inputs that its ``direct`` output gradients bring; None if it is unknown."""
    try:
        return call(node, direct)
    except NotCallable:
        pass
    if len(direct) > 1 or direct[0] is None or node.name() not in _ELEMENTWISE:
        return None
    whole = plus(direct[0], here[0].carried)
    if whole is None or any(g is not None and g.shape != whole.shape for g in gradients):
        return None
    share = (direct[0] / whole).nan_to_num(0.0, 0.0, 0.0)  # where both are zero, so is what they bring
    return tuple(None if gradient is None else gradient * share for gradient in gradients)


_ELEMENTWISE = {
    f"{name}Backward{number}"
    for name in (
        *("Mul", "Div", "Add", "Sub", "Neg", "Where", "MaskedFill", "Clone", "ToCopy", "Tanh"),
        *("Sigmoid", "Relu", "Clamp", "NativeDropout", "Lerp", "Abs", "Exp"),
    )
    for number in (0, 1)
}

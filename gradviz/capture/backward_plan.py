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

from gradviz.capture.arrived_gradient import DIRECT, GradientParts, Kind
from gradviz.capture.autograd_graph import Edge, Place, edges_of
from gradviz.capture.private_torch import as_received, current_backward, shapes_of_outputs, uncompiled
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

    states: dict[Place, GradientParts]
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
        self._parts: dict[Place, GradientParts] = {}  # at the nodes between calls
        self._handles: list[RemovableHandle] = []
        self.has_arrived = False
        self._task: int | None = None  # the pass, once it has begun
        roots = list(dict.fromkeys(roots))
        self._with_parts = self._between | set(roots)
        users, kinds = self._users_of_states(roots)
        reaching = self._kinds_at(users, kinds, set(roots))
        edges: dict[Node, list[Edge]] = {}
        for edge in (edge for each in users.values() for edge in each):
            edges.setdefault(edge.node, []).append(edge)
        for node, sent in edges.items():
            found = reaching.get(node, {DIRECT})
            if len(found) > 1:
                act = partial(self._split, node, sent)
            else:
                default = next(iter(found), DIRECT)
                act = partial(
                    self._pass_on,
                    [(edge, kinds.get((node, edge.position), default)) for edge in sent],
                )
            self._handles.append(node.register_hook(uncompiled(act)))
        for root in roots:
            self._handles.append(root.register_prehook(uncompiled(self._begin)))
            if root in users:
                self._handles.append(root.register_prehook(uncompiled(partial(self._start, root))))
        places: dict[Node, list[Place]] = {}
        for place in graph.states:
            if place.node in users:
                places.setdefault(place.node, []).append(place)
        for node, of_node in places.items():
            self._handles.append(node.register_prehook(uncompiled(partial(self._total, of_node))))

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._parts.clear()

    def _begin(self, _: object) -> None:
        if self._task is None:
            self._task = current_backward()

    def _is_other_pass(self) -> bool:
        """Whether a hook was called by another pass, which a hook of the user has started within this one."""
        return current_backward() != self._task

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
                sources = [source for source, _ in node.next_functions if source is not None]
                found: Iterable[Edge] = () if wanted.isdisjoint(sources) else edges_of(node)
            elif id(call_edges) in used:
                continue
            else:
                used.add(id(call_edges))
                kinds.update(call_edges.kinds)
                found, sources = call_edges.edges, [edge.source.node for edge in call_edges.edges]
            for edge in found:
                if edge.source.node in wanted:
                    users.setdefault(edge.source.node, []).append(edge)
            for source in sources:
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return users, kinds

    def _kinds_at(
        self, users: dict[Node, list[Edge]], kinds: dict[tuple[Node, int], Kind], roots: set[Node]
    ) -> dict[Node, set[Kind]]:
        """The kinds of gradient that reach each node between calls."""
        found: dict[Node, set[Kind]] = {}
        for node in self._graph.between:
            found[node] = {DIRECT} if node in roots else set()
            for edge in users.get(node, ()):
                kind = kinds.get((edge.node, edge.position))
                found[node] |= found.get(edge.node, {DIRECT}) if kind is None else {kind}
        return found

    def _arrive(self, place: Place, gradient: Tensor | None, kind: Kind) -> None:
        if gradient is None:
            return
        gradient = as_received(*place, gradient.detach())
        state = self._graph.states.get(place)
        if state is not None:
            state.add(gradient, kind)
        if place.node in self._with_parts:
            self._parts.setdefault(place, GradientParts()).add(gradient, kind)

    def _pass_on(
        self, sent: list[tuple[Edge, Kind]], gradients: tuple[Tensor | None, ...], _: object
    ) -> None:
        if self._is_other_pass():
            return
        for edge, kind in sent:
            self._arrive(edge.source, gradients[edge.position], kind)

    def _start(self, root: Node, gradients: tuple[Tensor | None, ...]) -> None:
        """What the pass itself was started with at a root, which comes by no edge, is direct."""
        if self._is_other_pass():
            return
        for number, gradient in enumerate(gradients):
            if gradient is None:
                continue
            place = Place(root, number)
            by_edges = self._parts.get(place, GradientParts()).sum
            self._arrive(place, gradient if by_edges is None else gradient - by_edges, DIRECT)

    def _total(self, places: list[Place], gradients: tuple[Tensor | None, ...]) -> None:
        if self._is_other_pass():
            return
        check_plain_backward(gradients)
        for place in places:
            gradient = gradients[place.number]
            if gradient is not None:
                self.has_arrived = True
                self._graph.states[place].add_total(gradient.detach())

    def _split(self, node: Node, sent: list[Edge], gradients: tuple[Tensor | None, ...], _: object) -> None:
        """Divide by kind what has arrived at a node; the last kind gets what the others leave."""
        if self._is_other_pass():
            return
        places = [Place(node, number) for number in range(len(shapes_of_outputs(node)))]
        here = [self._parts.pop(place, GradientParts()) for place in places]
        kinds = sorted({kind for parts in here for kind, part in parts.by_kind.items() if bool(part.any())})
        kinds = [DIRECT] * (DIRECT in kinds) + [kind for kind in kinds if kind != DIRECT] or [DIRECT]
        found = [
            _part(node, [parts.by_kind.get(kind) for parts in here], here, gradients) for kind in kinds[:-1]
        ]
        is_known = all(parts.is_known for parts in here) and None not in found
        for edge in sent:
            rest = gradients[edge.position]
            if rest is None:
                continue
            for kind, parts in zip(kinds, found, strict=False):
                part = None if parts is None else parts[edge.position]
                if part is not None:
                    self._arrive(edge.source, part, kind)
                    rest = rest - part
            self._arrive(edge.source, rest, kinds[-1])
            if not is_known:
                for states in (self._graph.states, self._parts):
                    if edge.source in states:
                        states[edge.source].is_known = False


def _part(
    node: Node,
    part: list[Tensor | None],
    here: list[GradientParts],
    gradients: tuple[Tensor | None, ...],
) -> tuple[Tensor | None, ...] | None:
    """The gradients at a node's inputs that a ``part`` of those at its outputs brings; None if unknown."""
    try:
        return call(node, part)
    except NotCallable:
        pass
    whole = here[0].sum
    if len(part) > 1 or part[0] is None or whole is None or node.name() not in _ELEMENTWISE:
        return None
    if any(gradient is not None and gradient.shape != whole.shape for gradient in gradients):
        return None
    share = (part[0] / whole).nan_to_num(0.0, 0.0, 0.0)  # where both are zero, so is what they bring
    return tuple(None if gradient is None else gradient * share for gradient in gradients)


_ELEMENTWISE = {
    f"{name}Backward{number}"
    for name in (
        *("Mul", "Div", "Add", "Sub", "Neg", "Where", "MaskedFill", "Clone", "ToCopy", "Tanh"),
        *("Sigmoid", "Relu", "Clamp", "NativeDropout", "Lerp", "Abs", "Exp"),
    )
    for number in (0, 1)
}

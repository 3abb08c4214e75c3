"""What the graph of one training step is known to hold: states of calls, and what lies between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from torch import Tensor
from torch.autograd.graph import Node

from gradviz.capture.arrived_gradient import DIRECT, WITHIN, ArrivedGradient, GradientParts, Kind
from gradviz.capture.autograd_graph import (
    Place,
    WayBack,
    edges_into_call,
    place_of,
    uses_weight,
    way_back,
)
from gradviz.capture.backward_plan import BackwardPlan, CallEdges, KnownGraph
from gradviz.capture.backward_starts import listen, stop_listening
from gradviz.capture.piece import Piece


class KnownState(NamedTuple):
    """A state in the graph.

    ``kind``: ``"last"`` for the last state of a layer of a call, ``"out"`` for all its hidden states,
    ``"given"`` for an incoming state.  ``layer`` is 0 for an incoming state, which holds all layers.
    ``part``: 0 for h, 1 for c.
    """

    piece: Piece
    kind: str
    layer: int
    part: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape up to dims of length 1: (..., batch, unit); for ``"out"`` that of the layer's output."""
        if self.kind == "given":
            return tuple(self.piece.given[self.part].shape)
        layer = self.piece.layers[self.layer]
        if self.kind == "out":
            return tuple(layer.out.shape)
        return (self.piece.directions, *layer.before[self.part].shape)


class StepGraph:
    """The states of one training step, and the gradients that arrive at those between calls.

    Parameters
    ----------
    on_end : callable
        Called when a backward pass that has reached one of the watched states has ended.
    lock : context manager
        Held by whoever adds a call, and at the start of a backward pass, which may be another thread's.
    """

    def __init__(self, on_end: Callable[[], None], lock: AbstractContextManager[Any]):
        self._on_end = on_end
        self._lock = lock
        self.known: dict[Place, KnownState] = {}
        self._dead_ends: set[Node] = set()
        self._passed_over: set[Node] = set()  # outputs of recurrent calls that are not recorded
        self._states: dict[Place, GradientParts] = {}
        self._calls: dict[Node, CallEdges] = {}
        self._between: list[list[Node]] = []  # for each link, in the order in which a backward pass runs them
        self._linked: set[Node] = set()
        self._ends: set[Place] = set()
        self._is_listening = False

    def register(self, piece: Piece) -> None:
        """Make the states of a call known."""
        for number, layer in enumerate(piece.layers):
            for place, kind, part in (
                (layer.out_at, "out", 0),
                (layer.h_at, "last", 0),
                (layer.c_at, "last", 1),
            ):
                if place is not None:
                    self.known[place] = KnownState(piece, kind, number, part)

    def register_given(self, piece: Piece) -> None:
        """Make the incoming states known, unless they are already: an output that was handed on as it is."""
        for part, place in enumerate(piece.given_at):
            if place is not None:
                self.known.setdefault(place, KnownState(piece, "given", 0, part))

    def pass_over(self, returned: Any) -> None:
        """Note what a recurrent call has returned that is not recorded: a tensor, or tuples of tensors."""
        if isinstance(returned, Tensor):
            if returned.grad_fn is not None:
                self._passed_over.add(returned.grad_fn)
        else:
            for each in returned:
                self.pass_over(each)

    def is_passed_over(self, nodes: list[Node]) -> bool:
        """Whether a way leads through a recurrence that is not recorded, whose time steps are not known."""
        return not self._passed_over.isdisjoint(nodes)

    def way_back(self, piece: Piece) -> WayBack:
        """From the incoming states of a call back to known ones.

        A state that was given to another module is no end, or two cells could not share their state.
        """

        def is_known(place: Place) -> bool:
            state = self.known.get(place)
            return state is not None and (state.kind != "given" or state.piece.module == piece.module)

        starts = [place for place in piece.given_at if place is not None]
        return way_back(starts, is_known, self._dead_ends)

    def watch(self, piece: Piece, inputs: tuple[Tensor | None, ...], w_ih: Tensor) -> None:
        """Tell apart, in every backward pass from now on, what arrives at the states of a call.

        ``inputs``: what it was given, with its graph, x first and then the states.  ``w_ih``: the weight by
        which a cell multiplies x.
        """
        own = list(piece.places())
        for place in own:
            self._states.setdefault(place, GradientParts())
        for given in piece.given_at:
            if given is not None:
                self._states.setdefault(given, GradientParts())
        nodes = dict.fromkeys(place.node for place in own)
        edges = edges_into_call(nodes, inputs, own)
        states = {place for place in piece.given_at if place is not None}
        is_input_too = place_of(inputs[0]) in states
        own_c = {layer.c_at for layer in piece.layers if layer.out_at is None}

        kinds: dict[tuple[Node, int], Kind] = {}
        for edge in edges:
            if edge.source in own_c:
                kinds[edge.node, edge.position] = WITHIN
            elif not piece.is_continued or edge.source not in states:
                continue  # a first state is not handed on by a call of this sequence
            elif not (is_input_too and uses_weight(edge.node, w_ih)):
                kinds[edge.node, edge.position] = Kind("carried", piece.module)
        found = CallEdges(kinds, tuple(edges))
        self._calls.update(dict.fromkeys(nodes, found))
        if not self._is_listening:
            self._is_listening = True
            listen(self._pass)

    def link(self, nodes: list[Node]) -> None:
        """Follow gradients through the nodes between two calls."""
        self._between.append([node for node in nodes if node not in self._linked])
        self._linked.update(nodes)

    def is_given(self, place: Place | None) -> bool:
        """Whether a place is an incoming state that is not the output of a call itself."""
        return place is not None and place in self.known and self.known[place].kind == "given"

    def is_returned(self, place: Place) -> bool:
        """Whether a place is a state that a call of this training step has returned."""
        return place in self.known and self.known[place].kind != "given"

    def arrived(self, place: Place | None, module: str) -> ArrivedGradient:
        """What has arrived so far at a state of a module, or at one that it was given."""
        parts = None if place is None else self._states.get(place)
        if parts is None:
            return ArrivedGradient()
        found = parts.seen_by(module)
        return found.as_direct() if place in self._ends else found

    def changes_at(self, places: Iterable[Place | None]) -> int:
        """A number that grows whenever something changes that is known of these places."""
        known = [place for place in places if place is not None and place in self._states]
        return sum(self._states[place].arrivals + (place in self._ends) for place in known)

    def end_at(self, piece: Piece) -> None:
        """Count everything that arrives at the states of a call as direct: its sequence ends there."""
        self._ends.update(piece.places())

    def take_over(self, place: Place | None, gradient: Tensor | None) -> None:
        """Add what had arrived at a state before it was watched: nothing of that came by a later call."""
        if place is not None and gradient is not None:
            self._states[place].add_total(gradient)
            self._states[place].add(gradient, DIRECT)

    def clear(self) -> None:
        if self._is_listening:
            stop_listening(self._pass)
        self._is_listening = False
        for each in (
            self.known,
            self._dead_ends,
            self._passed_over,
            self._states,
            self._calls,
            self._between,
            self._linked,
            self._ends,
        ):
            each.clear()

    @contextmanager
    def _pass(self, roots: list[Node]) -> Iterator[None]:
        with self._lock:
            between = [node for nodes in reversed(self._between) for node in nodes]
            plan = BackwardPlan(KnownGraph(self._states, self._calls, between), roots)
        try:
            yield
        finally:
            plan.remove()
        if plan.has_arrived:
            self._on_end()

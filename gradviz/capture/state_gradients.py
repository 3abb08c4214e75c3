"""Gradients of single states in a Python loop: the total, and the part that came from later cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice

import torch
from torch import Tensor
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from gradviz.capture.unsupported import check_plain_backward


class StateGradientAccumulator:
    """Adds up the gradients that arrive at one state, (sample, unit), over all backward passes.

    Parameters
    ----------
    rows : Tensor of int, shape (sample,)
        Which sequences of the batch are recorded.
    on_arrival : callable
        Called each time a gradient has arrived.
    """

    def __init__(self, rows: Tensor, on_arrival: Callable[[], None]):
        self.total: Tensor | None = None
        self.within: Tensor | None = None
        self._rows = rows
        self._on_arrival = on_arrival
        self._handles: list[RemovableHandle] = []

    def watch(self, state: Tensor) -> None:
        """Add every total gradient of ``state``, as it is after the user's own hooks."""
        if state.grad_fn is None:
            self._handles.append(state.register_hook(self._add_total))
        else:
            number = state.output_nr
            self._handles.append(
                state.grad_fn.register_prehook(lambda gradients: self._add_total(gradients[number]))
            )

    def watch_edges(self, nodes: Iterable[Node], state: Tensor) -> None:
        """Add what ``nodes`` send along their edges to ``state``.

        The order is that in which autograd adds it up, so that the sum equals the total bit for bit if
        nothing else arrives.
        """
        target = (state.grad_fn, state.output_nr)
        for node in nodes:
            for place, edge in enumerate(node.next_functions):
                if edge == target:
                    self._handles.append(node.register_hook(partial(self._add_within, place)))

    @property
    def direct(self) -> Tensor | None:
        """The part that did not come from later cells: exactly zero if they sent everything."""
        if self.total is None or self.within is None:
            return self.total
        return self.total - self.within

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _add_total(self, gradient: Tensor | None) -> None:
        if gradient is None:
            return
        check_plain_backward([gradient])
        self.total = self._plus(self.total, gradient)
        self._on_arrival()

    def _add_within(self, place: int, grad_inputs: tuple[Tensor | None, ...], _: object) -> None:
        gradient = grad_inputs[place]
        if gradient is not None:
            self.within = self._plus(self.within, gradient)

    def _plus(self, sum_before: Tensor | None, gradient: Tensor) -> Tensor:
        chosen = torch.atleast_2d(gradient.detach()).index_select(0, self._rows)
        return chosen if sum_before is None else sum_before + chosen


def nodes_between(outputs: Iterable[Tensor], inputs: Iterable[Tensor | None]) -> list[Node]:
    """The nodes of the graph from ``outputs`` back to those of ``inputs``, which are excluded."""
    stops = {tensor.grad_fn for tensor in inputs if tensor is not None and tensor.grad_fn is not None}
    return list(_walk([output.grad_fn for output in outputs], stops))


def leads_to(state: Tensor, node: Node | None, limit: int = 64) -> bool:
    """Whether the graph of ``state`` reaches ``node`` within ``limit`` nodes."""
    if node is None:
        return False
    return any(met is node for met in islice(_walk([state.grad_fn], set()), limit))


def is_state(tensor: Tensor, source: tuple[Node | None, int]) -> bool:
    """Whether a tensor is the output of ``source``, up to a batch dim that a cell removed and restored."""
    node, number = tensor.grad_fn, tensor.output_nr
    while node is not None and node.name() in {"UnsqueezeBackward0", "SqueezeBackward1"}:
        node, number = node.next_functions[0]
    return node is not None and (node, number) == source


def _walk(starts: Iterable[Node | None], stops: set[Node]) -> Iterator[Node]:
    """Every node once, breadth first."""
    waiting = list(dict.fromkeys(node for node in starts if node is not None))
    seen = set(waiting) | stops
    for node in waiting:
        yield node
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)

"""A hook for the gradient at a layer's outputs, called once when the whole gradient has arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from gradviz.capture.private_torch import NO_BACKWARD, current_backward, uncompiled, will_run
from gradviz.capture.unsupported import check_plain_backward

OnGradients = Callable[[Sequence[Tensor | None]], None]


class OutputGradientHook:
    """Calls ``on_gradients`` in each backward pass through the layer, with each output's gradient or None.

    The gradient is what the layer receives, after the user's own hooks on the outputs.  Nothing is inserted
    into the graph, so the outputs may still be changed in place.

    Raises
    ------
    CannotWatch
        During a backward pass with ``create_graph=True`` or with batched gradients.
    """

    def __init__(self, outputs: Sequence[Tensor], on_gradients: OnGradients):
        self._places = [(output.grad_fn, output.output_nr) for output in outputs]
        self._nodes = list(dict.fromkeys(node for node, _ in self._places if node is not None))
        self._on_gradients = on_gradients
        self._waiting: dict[int, tuple[set[Node], list[Tensor | None]]] = {}  # by backward pass
        self._handles: list[RemovableHandle] = [
            node.register_prehook(uncompiled(partial(self._arrived, node))) for node in self._nodes
        ]

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._places.clear()
        self._nodes.clear()

    def _arrived(self, node: Node, gradients: tuple[Tensor | None, ...]) -> None:
        check_plain_backward(gradients)
        task = current_backward()
        if task not in self._waiting:
            expected = {other for other in self._nodes if will_run(other)}
            self._waiting[task] = expected, [None] * len(self._places)
        missing, found = self._waiting[task]
        for place, (source, number) in enumerate(self._places):
            if source is node:
                found[place] = gradients[number]
        missing.discard(node)
        if not missing:
            del self._waiting[task]
            self._on_gradients(found)


def in_backward() -> bool:
    """Whether a backward pass is running in this thread."""
    return current_backward() != NO_BACKWARD

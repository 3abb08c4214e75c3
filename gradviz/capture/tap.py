"""Be told the gradient that reaches a layer's outputs, once, when all of it has arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from gradviz.capture.refuse import refuse_second_derivatives

OnGradients = Callable[[Sequence[Tensor | None]], None]


class Tap:
    """Calls ``on_gradients`` in every backward pass with the gradient of every output, None for none.

    The outputs stay the native ones: nothing is put into the graph, so changing them in place is as
    legal as it was.  (``register_multi_grad_hook`` does the same, but stays silent where a backward pass
    starts at one of the outputs itself.)

    Raises
    ------
    CannotWatch
        In the backward pass, when it builds a graph of its own for second derivatives.
    """

    def __init__(self, outputs: Sequence[Tensor], on_gradients: OnGradients):
        self._nodes = [output.grad_fn for output in outputs]
        self._on_gradients = on_gradients
        self._waiting: dict[int, tuple[set[int], list[Tensor | None]]] = {}  # by backward pass
        self._handles: list[RemovableHandle] = [
            output.register_hook(partial(self._arrived, place))
            for place, output in enumerate(outputs)
            if output.requires_grad
        ]

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._nodes.clear()

    def _arrived(self, place: int, gradient: Tensor | None) -> None:
        refuse_second_derivatives()
        task = torch._C._current_graph_task_id()
        if task not in self._waiting:
            self._waiting[task] = self._expected(place), [None] * len(self._nodes)
        missing, gradients = self._waiting[task]
        gradients[place] = gradient
        missing.discard(place)
        if not missing:
            del self._waiting[task]
            self._on_gradients(gradients)

    def _expected(self, first: int) -> set[int]:
        """Places at which this backward pass arrives; where it starts counts as well."""
        start = self._nodes[first]
        return {
            place
            for place, node in enumerate(self._nodes)
            if node is not None and (node is start or torch._C._will_engine_execute_node(node))
        }


def in_backward() -> bool:
    """Whether a backward pass is running in this thread."""
    return torch._C._current_graph_task_id() != -1


def at_end_of_backward(act: Callable[[], None]) -> None:
    """Call ``act`` when the backward pass that is running has come to its end."""
    torch.autograd.Variable._execution_engine.queue_callback(act)

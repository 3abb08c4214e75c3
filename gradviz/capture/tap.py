"""Be told the gradient that reaches a layer's outputs, once, when all of it has arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.autograd.graph import register_multi_grad_hook
from torch.utils.hooks import RemovableHandle

from gradviz.errors import CannotWatch

OnGradients = Callable[[Sequence[Tensor | None]], None]


def tap(outputs: Sequence[Tensor], on_gradients: OnGradients) -> RemovableHandle:
    """Call ``on_gradients`` in the backward pass with the gradient of every output, None for none.

    The outputs stay the native ones: nothing is put into the graph, so changing them in place is as
    legal as it was.

    Raises
    ------
    CannotWatch
        In the backward pass, when it builds a graph of its own for second derivatives.
    """

    def arrived(gradients: Sequence[Tensor | None]) -> None:
        if torch.is_grad_enabled():
            raise CannotWatch(
                "a backward pass with create_graph=True cannot be recorded: "
                "take second derivatives outside of gradviz.record"
            )
        on_gradients(gradients)

    return register_multi_grad_hook(list(outputs), arrived, mode="all")

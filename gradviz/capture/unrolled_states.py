"""Total gradients of a layer that PyTorch unrolls itself: read from autograd's graph, not computed again.

On the CPU a plain RNN, a GRU, and an LSTM that oneDNN does not support run as a loop within PyTorch: their
output is a stack of states, and each state is a node of autograd's graph.  In the backward pass that node
receives the state's total gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor
from torch.autograd.graph import Node
from torch.utils.hooks import RemovableHandle

from gradviz.capture.private_torch import uncompiled
from gradviz.capture.sequence_layout import rows_of_batch
from gradviz.cells.workspace import Workspace


class UnrolledStateGradients:
    """Collects the total gradient of every state during one backward pass.

    Parameters
    ----------
    states : sequence of sequence of Node
        For each direction, its states by time; see `state_nodes`.
    samples : Tensor of int, shape (sample,), or None
        Which sequences of the batch are recorded; None for all.
    on_complete : callable
        Called with a direction when its last state gradient has arrived, before the gradients of its weights
        are complete.
    """

    def __init__(
        self, states: Sequence[Sequence[Node]], samples: Tensor | None, on_complete: Callable[[int], None]
    ):
        self._samples = samples
        self._on_complete = on_complete
        self._found: list[list[Tensor | None]] = [[None] * len(nodes) for nodes in states]
        self._missing = [len(nodes) for nodes in states]
        arrived = uncompiled(self._arrived)
        self._handles: list[RemovableHandle] = [
            node.register_prehook(partial(arrived, direction, time))
            for direction, nodes in enumerate(states)
            for time, node in enumerate(nodes)
        ]

    def total(self, direction: int, workspace: Workspace) -> Tensor | None:
        """The gradients in real time, (time, sample, state); None if a state received none.

        The next call with the same workspace overwrites them.
        """
        found = self._found[direction]
        complete = [gradient for gradient in found if gradient is not None]
        if len(complete) < len(found):
            return None
        together = workspace.take("total_h", len(complete), *complete[0].shape)
        total = torch.stack(complete, out=together)
        return total if self._samples is None else rows_of_batch(total, self._samples)

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _arrived(self, direction: int, time: int, gradients: tuple[Tensor | None, ...]) -> None:
        gradient = gradients[0]  # a fused cell's node has further outputs, such as c
        if gradient is not None:
            self._found[direction][time] = gradient.detach()
            self._missing[direction] -= 1
            if not self._missing[direction]:
                self._on_complete(direction)


def state_nodes(out: Node | None, steps: int, directions: int) -> list[list[Node]]:
    """The nodes of a layer's states by direction and time; empty if the graph does not have them.

    Parameters
    ----------
    out : Node or None
        Node of the layer's output, (time, batch, directions * state).
    steps, directions : int
    """
    stacks = [out]
    if directions > 1 and out is not None and out.name() == "CatBackward0":
        stacks = [node for node, _ in out.next_functions]
    found = []
    for stack in stacks:
        if stack is None or stack.name() != "StackBackward0":
            return []
        nodes = [node for node, _ in stack.next_functions if node is not None]
        if len(nodes) != steps or any(place for _, place in stack.next_functions):
            return []
        found.append(nodes)
    return found if len(found) == directions else []

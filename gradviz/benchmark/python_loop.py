"""The alternatives to a recorder: the cell in a Python loop, with access to every state.

They give the total gradient at the states but nothing about the gates, so they do less than a recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from gradviz.benchmark.steps import Step, Workload, training_step
from gradviz.cells.cell_table import spec_of_module
from gradviz.models.sequence import SequenceModel


@contextmanager
def with_retain_grad(workload: Workload) -> Iterator[Step]:
    """The unrolled step with ``retain_grad`` on every state; norms are computed afterwards.

    Yields
    ------
    callable
        Returns norms (time, batch), or (2 * time, batch) for an LSTM, where h and c alternate.
    """
    states: list[Tensor] = []

    def keep(tensor: Tensor) -> None:
        tensor.retain_grad()
        states.append(tensor)

    train = _loop_step(workload, keep)

    def step() -> Tensor:
        states.clear()
        train()
        return torch.stack([norm_or_zero(tensor.grad, tensor) for tensor in states])

    yield step


@contextmanager
def with_hooks(workload: Workload) -> Iterator[Step]:
    """The unrolled step with a hook on every state, which computes the norm of the gradient.

    Yields
    ------
    callable
        As for `with_retain_grad`.
    """
    norms: dict[int, Tensor] = {}

    train = _loop_step(workload, partial(_take_norm, norms))

    def step() -> Tensor:
        norms.clear()
        train()
        return torch.stack(list(norms.values()))

    yield step


def _loop_step(workload: Workload, on_state: Callable[[Tensor], None]) -> Step:
    """The training step with the cell in a loop; ``on_state`` is called with each state."""
    cell = cell_with_weights_of(workload.model)

    def answer(inputs: Tensor) -> Tensor:
        hidden = []
        for state in unroll(cell, inputs):
            hidden.append(state[0])
            for tensor in state:
                on_state(tensor)
        output: Tensor = workload.model.head(torch.stack(hidden, 1))
        return output

    return training_step(workload, answer)


def _take_norm(norms: dict[int, Tensor], tensor: Tensor) -> None:
    place = len(norms)
    norms[place] = tensor.new_zeros(len(tensor))

    def hook(gradient: Tensor | None) -> None:
        if gradient is not None:  # a fused cell's last c gets none
            norms[place] = gradient.norm(dim=-1)

    tensor.register_hook(hook)


def norm_or_zero(gradient: Tensor | None, like: Tensor) -> Tensor:
    """Norms (batch,); zero if there is no gradient."""
    return like.new_zeros(len(like)) if gradient is None else gradient.norm(dim=-1)


def cell_with_weights_of(model: SequenceModel) -> nn.RNNCellBase:
    """Cell of the only layer of the model; it shares the weights of the model."""
    layer = model.recurrent
    make_cell = spec_of_module(layer).cell
    assert make_cell is not None, "every layer that can be benchmarked has a cell"
    cell = make_cell(layer.input_size, layer.hidden_size)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(cell, name, getattr(layer, f"{name}_l0"))
    return cell


def unroll(cell: nn.RNNCellBase, inputs: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """States (h,) or (h, c) after each time step, each of shape (batch, unit)."""
    state: Tensor | tuple[Tensor, Tensor] | None = None
    for x in inputs.unbind(1):
        state = cell(x, state)
        yield state if isinstance(state, tuple) else (state,)

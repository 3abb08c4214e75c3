"""What one does without a recorder: the cell in a Python loop, with every state in hand.

These give the total gradient at the states and nothing of the gates, so they do less than a recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from gradviz.benchmark.steps import Step, Work, training_step
from gradviz.cells.cell_table import spec_of_module
from gradviz.models.sequence import SequenceModel


@contextmanager
def with_retain_grad(work: Work) -> Iterator[Step]:
    """The unrolled step with ``retain_grad`` on every state and the norms read off afterwards.

    Yields
    ------
    callable
        Its result has shape (time, batch), or (2 * time, batch) for the h and c of an LSTM in turn.
    """
    states: list[Tensor] = []

    def keep(tensor: Tensor) -> None:
        tensor.retain_grad()
        states.append(tensor)

    train = _loop_step(work, keep)

    def step() -> Tensor:
        states.clear()
        train()
        return torch.stack([_norm(tensor.grad, tensor) for tensor in states])

    yield step


@contextmanager
def with_hooks(work: Work) -> Iterator[Step]:
    """The unrolled step with a hook on every state, which takes the norm when the gradient comes by.

    Yields
    ------
    callable
        As of `with_retain_grad`.
    """
    norms: dict[int, Tensor] = {}

    train = _loop_step(work, partial(_take_norm, norms))

    def step() -> Tensor:
        norms.clear()
        train()
        return torch.stack(list(norms.values()))

    yield step


def _loop_step(work: Work, on_state: Callable[[Tensor], None]) -> Step:
    """The training step with the cell in a loop; ``on_state`` is given every state of it."""
    cell = cell_with_weights_of(work.model)

    def answer(inputs: Tensor) -> Tensor:
        hidden = []
        for state in unroll(cell, inputs):
            hidden.append(state[0])
            for tensor in state:
                on_state(tensor)
        output: Tensor = work.model.head(torch.stack(hidden, 1))
        return output

    return training_step(work, answer)


def _take_norm(norms: dict[int, Tensor], tensor: Tensor) -> None:
    place = len(norms)
    norms[place] = tensor.new_zeros(len(tensor))

    def hook(gradient: Tensor) -> None:
        norms[place] = gradient.norm(dim=-1)

    tensor.register_hook(hook)


def _norm(gradient: Tensor | None, like: Tensor) -> Tensor:
    """(batch,); zero where no gradient came."""
    return like.new_zeros(len(like)) if gradient is None else gradient.norm(dim=-1)


def cell_with_weights_of(model: SequenceModel) -> nn.RNNCellBase:
    """The cell of the model's only layer, its weights the model's own."""
    layer = model.recurrent
    make_cell = spec_of_module(layer).cell
    assert make_cell is not None, "every layer that can be benchmarked has a cell"
    cell = make_cell(layer.input_size, layer.hidden_size)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(cell, name, getattr(layer, f"{name}_l0"))
    return cell


def unroll(cell: nn.RNNCellBase, inputs: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """(h,) or (h, c) after every time step, each of shape (batch, unit)."""
    state: Tensor | tuple[Tensor, Tensor] | None = None
    for x in inputs.unbind(1):
        state = cell(x, state)
        yield state if isinstance(state, tuple) else (state,)

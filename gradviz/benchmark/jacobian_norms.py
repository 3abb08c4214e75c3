"""Frobenius norms of the step Jacobians of one sequence, in closed form and by autograd, to be timed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian
from torch.func import jacrev, vmap

from gradviz.benchmark.python_loop import cell_with_weights_of, unroll
from gradviz.benchmark.steps import Step, Workload
from gradviz.dynamics.step_jacobian_norms import step_jacobian_norms
from gradviz.dynamics_vocabulary import FROBENIUS_NORM


@contextmanager
def in_closed_form(workload: Workload) -> Iterator[Step]:
    """Norms of the first sequence by `step_jacobian_norms`, with the run of the layer.

    Yields
    ------
    callable
        Returns the norms, (time, 1).
    """
    inputs = workload.inputs[:1]

    def step() -> Tensor:
        found = step_jacobian_norms(workload.model.recurrent, inputs, norms=[FROBENIUS_NORM])
        return torch.from_numpy(found[FROBENIUS_NORM].values)

    yield step


@contextmanager
def by_autograd(workload: Workload) -> Iterator[Step]:
    """Norms of the first sequence by ``torch.autograd.functional.jacobian`` of the cell at each state.

    Yields
    ------
    callable
        As for `in_closed_form`.
    """
    cell, inputs = cell_with_weights_of(workload.model), workload.inputs[:1]

    def norm(x: Tensor, before: tuple[Tensor, ...]) -> Tensor:
        """Norm (1,); for an LSTM over all four blocks of the Jacobian, of h and c by h and c."""
        alone = len(before) == 1
        found = jacobian(lambda *state: cell(x, state[0] if alone else state), before)
        blocks = [block for row in ([found] if alone else found) for block in row]
        return torch.stack([block.square().sum() for block in blocks]).sum().sqrt().unsqueeze(0)

    def step() -> Tensor:
        pairs = zip(inputs.unbind(1), _states_before(cell, inputs), strict=True)
        return torch.stack([norm(x, before) for x, before in pairs])

    yield step


@contextmanager
def by_jacrev(workload: Workload) -> Iterator[Step]:
    """Norms of the first sequence by ``torch.func.jacrev`` of the cell, all time steps at once by ``vmap``.

    Yields
    ------
    callable
        As for `in_closed_form`.
    """
    cell, inputs = cell_with_weights_of(workload.model), workload.inputs[:1]

    def after(x: Tensor, *state: Tensor) -> Tensor | tuple[Tensor, ...]:
        found: Tensor | tuple[Tensor, ...] = cell(x, state[0] if len(state) == 1 else state)
        return found

    def step() -> Tensor:
        before = [torch.cat(parts) for parts in zip(*_states_before(cell, inputs), strict=True)]
        numbers = tuple(range(1, 1 + len(before)))
        found = vmap(jacrev(after, argnums=numbers))(inputs[0], *before)
        rows = [found] if len(before) == 1 else found
        squares = [block.square().flatten(1).sum(1) for row in rows for block in row]
        return torch.stack(squares).sum(0).sqrt().unsqueeze(1)

    yield step


def _states_before(cell: nn.RNNCellBase, inputs: Tensor) -> list[tuple[Tensor, ...]]:
    """The state (h,) or (h, c) that each time step starts from, without a graph."""
    with torch.no_grad():
        states = list(unroll(cell, inputs))
    return [tuple(torch.zeros_like(part) for part in states[0]), *states[:-1]]

"""Frobenius norms of the step Jacobians of one sequence, in closed form and by autograd, to be timed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.autograd.functional import jacobian

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
    hidden = workload.model.recurrent.hidden_size

    def norm(x: Tensor, before: tuple[Tensor, ...]) -> Tensor:
        """Norm (1,); for an LSTM over all four blocks of the Jacobian, of h and c by h and c."""
        alone = len(before) == 1
        found = jacobian(lambda *state: cell(x, state[0] if alone else state), before)
        blocks = [block for row in ([found] if alone else found) for block in row]
        return torch.stack([block.square().sum() for block in blocks]).sum().sqrt().unsqueeze(0)

    def step() -> Tensor:
        with torch.no_grad():
            states = list(unroll(cell, inputs))
        first = tuple(inputs.new_zeros(1, hidden) for _ in states[0])
        pairs = zip(inputs.unbind(1), [first, *states], strict=False)
        return torch.stack([norm(x, before) for x, before in pairs])

    yield step

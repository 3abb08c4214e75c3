"""The plain recurrent cell: ``h = φ(W x + b_ih + U h⁻ + b_hh)``, φ = tanh or relu.

Adjoint, from the last step down: ``δh_t = e_t + Uᵀ δa_{t+1}``, ``δa_t = φ'(a_t) δh_t``.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Block, Sequences, Weights, summed_bias
from gradviz.cells.workspace import Workspace

SEQUENCES_CHECKED = 4


class RNNReplay:
    """States and adjoint of a plain RNN layer; see `CellReplay`.

    Its only gate is its state, which the kernel returns; some sequences are replayed as a check.
    """

    c: None = None

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace, *, relu: bool = False):
        self._w_hh = weights.w_hh
        self._relu = relu
        self._workspace = workspace
        self.h = sequences.h[1:]
        self.gates = self.h.unsqueeze(0)
        self.checked = slice(None, None, -(-self.h.shape[1] // SEQUENCES_CHECKED))
        source = torch.cat([sequences.x[:, self.checked], sequences.h[:-1, self.checked]], -1)
        w = torch.cat([weights.w_ih, weights.w_hh], 1)
        a = nn.functional.linear(source, w, summed_bias(weights))
        self.replayed = a.relu_() if relu else a.tanh_()

    def at_recurrent_product(self, delta: Tensor, first: int, stop: int) -> Tensor:
        return delta

    def nothing_carried(self) -> tuple[Tensor, ...]:
        return (torch.zeros_like(self.h[0]),)

    def _slope(self, first: int, stop: int) -> Tensor:
        """φ'(a), (time, sample, hidden)."""
        h = self.h[first:stop]
        slope = self._workspace.take("rnn.slope", *h.shape)
        if self._relu:
            return torch.gt(h, 0, out=slope)
        return torch.addcmul(torch.ones_like(h[:1]), h, h, value=-1, out=slope)  # 1 - h²

    def run_block(
        self, first: int, stop: int, direct_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        grad_h, grad_a = direct_h, self._workspace.take("rnn.grad_a", *direct_h.shape)
        (later,) = carry
        each = self._workspace.steps
        steps = zip(grad_h.unbind(0), each(self._slope(first, stop)), each(grad_a), strict=True)
        comes_later = stop < len(self.h) or bool(later.any())
        for grad_h_t, slope_t, grad_a_t in reversed(list(steps)):
            if comes_later:  # else a weight that is NaN would count at the last step, which has no product
                grad_h_t.addmm_(later, self._w_hh)
            comes_later = True
            later = torch.mul(slope_t, grad_h_t, out=grad_a_t)
        return Block(grad_h, None, grad_a.unsqueeze(2), grad_a, None)

    def run_block_from_totals(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        grad_a = self._slope(first, stop).mul_(grad_h)
        return Block(grad_h, None, grad_a.unsqueeze(2), grad_a, None)

    def linear_steps(self, first: int, stop: int) -> RNNSteps:
        """Steps ``first`` to ``stop - 1``, linearised, in memory that the next block overwrites."""
        return RNNSteps(self._slope(first, stop).unsqueeze(2), self._w_hh)


class RNNSteps(NamedTuple):
    """``J = diag(φ'(a)) U``.  ``slope``: φ'(a), (time, sample, 1, hidden)."""

    slope: Tensor
    w_hh: Tensor

    @property
    def size(self) -> int:
        return self.w_hh.shape[1]

    def jacobians(self) -> Tensor:
        return self.slope.mT * self.w_hh

    def jvp(self, tangents: Tensor) -> Tensor:
        return self.slope * (tangents @ self.w_hh.t())

    def vjp(self, cotangents: Tensor) -> Tensor:
        return (self.slope * cotangents) @ self.w_hh


RNN_TANH = CellSpec(
    "rnn",
    RNNReplay,
    step_function=torch.rnn_tanh_cell,
    layer_function=torch.rnn_tanh,
    layer=nn.RNN,
    cell=nn.RNNCell,
    mode="RNN_TANH",
)
RNN_RELU = CellSpec(
    "rnn_relu",
    partial(RNNReplay, relu=True),
    step_function=torch.rnn_relu_cell,
    layer_function=torch.rnn_relu,
    layer=partial(nn.RNN, nonlinearity="relu"),
    cell=partial(nn.RNNCell, nonlinearity="relu"),
    mode="RNN_RELU",
)

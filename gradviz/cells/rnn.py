"""The plain recurrent cell: ``h = φ(W x + b_ih + U h⁻ + b_hh)``, φ = tanh or relu.

Adjoint, from the last step down: ``δh_t = e_t + Uᵀ δa_{t+1}``, ``δa_t = φ'(a_t) δh_t``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.layout import Block, Sequences, Weights, preactivations, summed_bias
from gradviz.cells.workspace import Workspace


class RNNReplay:
    """States and adjoint of a plain RNN layer; see `CellReplay`."""

    c: None = None

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace, *, relu: bool = False):
        steps, samples = sequences.x.shape[:2]
        self._w_hh = weights.w_hh
        self._relu = relu
        self._workspace = workspace
        self._hidden = weights.w_hh.shape[1]
        a = workspace.take("rnn.a", 1, steps, samples, self._hidden)
        preactivations(sequences.x, weights.w_ih, summed_bias(weights), 1, out=a)
        preactivations(sequences.h[:-1], weights.w_hh, None, 1, out=a, add=True)
        self.gates = a.relu_() if relu else a.tanh_()
        self.h = self.gates[0]

    def first_carry(self, grad_c_last: Tensor | None) -> tuple[Tensor, ...]:
        return (torch.zeros_like(self.h[0]),)

    def run_block(self, first: int, stop: int, grad_h: Tensor, carry: tuple[Tensor, ...]) -> Block:
        h = self.h[first:stop]
        length, samples, hidden = h.shape
        slope = self._workspace.take("rnn.slope", length, samples, hidden)
        if self._relu:
            torch.gt(h, 0, out=slope)
        else:
            torch.addcmul(torch.ones_like(h[:1]), h, h, value=-1, out=slope)  # 1 - h²

        grad_a = torch.empty_like(grad_h)
        (later,) = carry
        for t in range(length - 1, -1, -1):
            grad_h_t = grad_h[t].addmm_(later, self._w_hh)
            later = torch.mul(slope[t], grad_h_t, out=grad_a[t])
        return Block(None, grad_a.unsqueeze(2), grad_a, None, (later,))

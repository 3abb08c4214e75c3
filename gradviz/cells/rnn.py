"""The plain recurrent cell: ``h = φ(W x + b_ih + U h⁻ + b_hh)``, φ = tanh or relu.

Adjoint, from the last step down: ``δh_t = e_t + Uᵀ δa_{t+1}``, ``δa_t = φ'(a_t) δh_t``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.layout import Block, Sequences, Weights, inputs_and_states, preactivation, summed_bias
from gradviz.cells.workspace import Workspace


class RNNReplay:
    """States and adjoint of a plain RNN layer; see `CellReplay`."""

    c: None = None

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace, *, relu: bool = False):
        steps, samples = sequences.x.shape[:2]
        self._w_hh = weights.w_hh
        self._relu = relu
        self._workspace = workspace
        a = workspace.take("rnn.a", 1, steps, samples, weights.w_hh.shape[1])
        w = torch.cat([weights.w_ih, weights.w_hh], 1)
        preactivation(inputs_and_states(sequences, workspace), w, summed_bias(weights), out=a[0])
        self.gates = a.relu_() if relu else a.tanh_()
        self.h = self.gates[0]

    def nothing_carried(self) -> tuple[Tensor, ...]:
        return (torch.zeros_like(self.h[0]),)

    def run_block(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        h = self.h[first:stop]
        slope = self._workspace.take("rnn.slope", *h.shape)
        if self._relu:
            torch.gt(h, 0, out=slope)
        else:
            torch.addcmul(torch.ones_like(h[:1]), h, h, value=-1, out=slope)  # 1 - h²

        grad_a = torch.empty_like(grad_h)
        (later,) = carry
        steps = zip(*(array.unbind(0) for array in (grad_h, slope, grad_a)), strict=True)
        for grad_h_t, slope_t, grad_a_t in reversed(list(steps)):
            grad_h_t.addmm_(later, self._w_hh)
            later = torch.mul(slope_t, grad_h_t, out=grad_a_t)
        return Block(None, grad_a.unsqueeze(2), grad_a, None)

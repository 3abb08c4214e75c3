"""The GRU, gates in PyTorch's order r, z, n; z near 1 keeps the state::

    n = tanh(W_n x + b_in + r (U_n h⁻ + b_hn))        h = (1 - z) n + z h⁻

Adjoint, from the last step down::

    δh_t = e_t + z_{t+1} δh_{t+1} + Uᵀ (δr, δz, r δn)_{t+1}
    δn = δh (1-z)(1-n²)    δz = δh (h⁻ - n) z (1-z)    δr = δn (U_n h⁻ + b_hn) r (1-r)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import (
    Block,
    Sequences,
    Weights,
    by_gate,
    inputs_and_states,
    preactivation,
    summed_bias,
)
from gradviz.cells.linear_steps import diagonal, weighted_sum
from gradviz.cells.workspace import Workspace

_RESET, _UPDATE, _SCALED_CANDIDATE, _CARRY, _CANDIDATE = range(5)  # slots of one step's row


class GRUReplay:
    """States and adjoint of a GRU layer; see `CellReplay`."""

    c: None = None
    checked = slice(None)

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace):
        steps, samples, width = sequences.x.shape
        hidden = weights.w_hh.shape[1]
        self._w_hh = weights.w_hh
        self._workspace = workspace
        self._h_prev = sequences.h[:-1]
        self._gate_slots = torch.tensor([_RESET, _UPDATE, _CANDIDATE], device=sequences.x.device)
        a = workspace.take("gru.a", 3, steps, samples, hidden)
        source = inputs_and_states(sequences, workspace)
        w = torch.cat([weights.w_ih, weights.w_hh], 1)
        bias = by_gate(summed_bias(weights), 3)
        preactivation(source, w[:hidden], bias[0], out=a[0])
        preactivation(source, w[hidden : 2 * hidden], bias[1], out=a[1])
        a[:2].sigmoid_()

        b_in, b_hn = by_gate(weights.b_ih, 3)[2], by_gate(weights.b_hh, 3)[2]
        self._candidate_from_state = preactivation(  # U_n h⁻ + b_hn
            source[:, width:],
            weights.w_hh[2 * hidden :],
            b_hn,
            out=workspace.take("gru.from_state", steps, samples, hidden),
        )
        preactivation(source[:, :width], weights.w_ih[2 * hidden :], b_in, out=a[2])
        a[2].addcmul_(a[0], self._candidate_from_state).tanh_()
        self.gates = a
        h = workspace.take("gru.h", steps, samples, hidden)
        self.h = self.replayed = torch.lerp(a[2], self._h_prev, a[1], out=h)

    def at_recurrent_product(self, delta: Tensor, first: int, stop: int) -> Tensor:
        r_and_z, n = delta.split([2 * delta.shape[-1] // 3, delta.shape[-1] // 3], -1)
        return torch.cat([r_and_z, self.gates[0, first:stop] * n], -1)  # δr, δz, r δn

    def nothing_carried(self) -> tuple[Tensor, ...]:
        nothing = torch.zeros_like(self.h[0])
        return nothing.repeat(1, 3), nothing

    def _gains(self, first: int, stop: int) -> Tensor:
        """Factor of dL/dh at every gate, and at the carry."""
        r, z, n = self.gates[:, first:stop]
        h_prev, candidate = self._h_prev[first:stop], self._candidate_from_state[first:stop]
        length, samples, hidden = r.shape
        gain = self._workspace.take("gru.gain", length, samples, 5, hidden)
        spare = self._workspace.take("gru.spare", length, samples, hidden)
        to_n = self._workspace.take("gru.to_n", length, samples, hidden)
        one = torch.ones((), dtype=r.dtype, device=r.device)
        torch.addcmul(one, n, n, value=-1, out=to_n)
        to_n.addcmul_(to_n, z, value=-1)  # (1 - n²)(1 - z)
        gain[:, :, _CARRY] = z
        gain[:, :, _CANDIDATE] = to_n
        torch.mul(to_n, r, out=gain[:, :, _SCALED_CANDIDATE])
        through_r = torch.mul(gain[:, :, _SCALED_CANDIDATE], candidate, out=to_n)
        torch.addcmul(through_r, through_r, r, value=-1, out=gain[:, :, _RESET])
        carry_gradient = torch.mul(torch.sub(h_prev, n, out=spare), z, out=spare)
        torch.addcmul(carry_gradient, carry_gradient, z, value=-1, out=gain[:, :, _UPDATE])
        return gain

    def run_block(
        self, first: int, stop: int, direct_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        gain = self._gains(first, stop)
        row = self._workspace.like("gru.row", gain)  # (time, sample, slot, hidden)
        grad_h, recurrent_gradient, carry_gradient = (
            direct_h,
            row[:, :, :_CARRY].flatten(2),
            row[:, :, _CARRY],
        )
        later, held = carry
        each = (self._workspace.steps(array) for array in (gain, row, recurrent_gradient, carry_gradient))
        steps = zip(grad_h.unbind(0), *each, strict=True)
        comes_later = stop < len(self.h) or bool(later.any())
        for grad_h_t, gain_t, row_t, recurrent_gradient_t, carry_gradient_t in reversed(list(steps)):
            if comes_later:  # else a weight that is NaN would count at the last step, which has no product
                grad_h_t.addmm_(later, self._w_hh)
            comes_later = True
            grad_h_t.add_(held)
            torch.mul(gain_t, grad_h_t.unsqueeze(1), out=row_t)
            later, held = recurrent_gradient_t, carry_gradient_t
        return self._block(grad_h, row)

    def run_block_from_totals(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        gain = self._gains(first, stop)
        row = torch.mul(gain, grad_h.unsqueeze(2), out=self._workspace.like("gru.row", gain))
        return self._block(grad_h, row)

    def _block(self, grad_h: Tensor, row: Tensor) -> Block:
        """``row``: (time, sample, slot, hidden)."""
        recurrent_gradient = row[:, :, :_CARRY].flatten(2)
        length, samples, _, hidden = row.shape
        gates = self._workspace.take("gru.grad_gates", length, samples, 3, hidden)
        torch.index_select(row, 2, self._gate_slots, out=gates)
        return Block(grad_h, None, gates, recurrent_gradient, row[:, :, _CARRY])

    def linear_steps(self, first: int, stop: int) -> GRUSteps:
        """Steps ``first`` to ``stop - 1``, linearised, in memory that the next block overwrites."""
        reset, update, candidate, carry, _ = self._gains(first, stop).unsqueeze(3).unbind(2)
        return GRUSteps(carry, (reset, update, candidate), self._w_hh)


class GRUSteps(NamedTuple):
    """``J = diag(z) + Σ_k diag(gain_k) U_k``, k over r, z, n.

    ``update``: z, (time, sample, 1, hidden).  ``gains``: three of that shape, of ∂h/∂a through each block of
    U; that of the candidate contains the reset gate.
    """

    update: Tensor
    gains: tuple[Tensor, ...]
    w_hh: Tensor

    @property
    def size(self) -> int:
        return self.w_hh.shape[1]

    def jacobians(self) -> Tensor:
        jacobians = weighted_sum(self.gains, self.w_hh.chunk(3))
        diagonal(jacobians).add_(self.update.squeeze(2))
        return jacobians

    def jvp(self, tangents: Tensor) -> Tensor:
        after = self.update * tangents
        for gain, a in zip(self.gains, (tangents @ self.w_hh.t()).chunk(3, -1), strict=True):
            after += gain * a
        return after

    def vjp(self, cotangents: Tensor) -> Tensor:
        at_gates = torch.cat([gain * cotangents for gain in self.gains], -1)
        return at_gates @ self.w_hh + self.update * cotangents


GRU = CellSpec(
    "gru",
    GRUReplay,
    step_function=torch.gru_cell,
    layer_function=torch.gru,
    layer=nn.GRU,
    cell=nn.GRUCell,
    mode="GRU",
)

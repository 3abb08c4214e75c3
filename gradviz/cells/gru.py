"""The GRU, gates in PyTorch's order r, z, n; z near 1 keeps the state::

    n = tanh(W_n x + b_in + r (U_n h⁻ + b_hn))        h = (1 - z) n + z h⁻

Adjoint, from the last step down::

    δh_t = e_t + z_{t+1} δh_{t+1} + Uᵀ (δr, δz, r δn)_{t+1}
    δn = δh (1-z)(1-n²)    δz = δh (h⁻ - n) z (1-z)    δr = δn (U_n h⁻ + b_hn) r (1-r)
"""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.layout import Block, Sequences, Weights, preactivations
from gradviz.cells.workspace import Workspace

_RESET, _UPDATE, _SCALED_CANDIDATE, _CANDIDATE = range(4)  # slots of one step's row


class GRUReplay:
    """States and adjoint of a GRU layer; see `CellReplay`."""

    c: None = None

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace):
        steps, samples = sequences.x.shape[:2]
        hidden = weights.w_hh.shape[1]
        self._w_hh = weights.w_hh
        self._workspace = workspace
        self._h_prev = sequences.h[:-1]
        a = workspace.take("gru.a", 3, steps, samples, hidden)
        from_state = workspace.take("gru.from_state", 3, steps, samples, hidden)
        preactivations(sequences.x, weights.w_ih, weights.b_ih, 3, out=a)
        preactivations(self._h_prev, weights.w_hh, weights.b_hh, 3, out=from_state)
        a[:2].add_(from_state[:2]).sigmoid_()
        a[2].addcmul_(a[0], from_state[2]).tanh_()
        self.gates = a
        self._candidate_from_state = from_state[2]  # U_n h⁻ + b_hn
        self.h = torch.lerp(a[2], self._h_prev, a[1], out=from_state[0])  # n + z (h⁻ - n)

    def first_carry(self, grad_c_last: Tensor | None) -> tuple[Tensor, ...]:
        nothing = torch.zeros_like(self.h[0])
        return nothing.repeat(1, 3), nothing

    def _gains(self, first: int, stop: int) -> Tensor:
        """Gain of every gate on dL/dh."""
        r, z, n = self.gates[:, first:stop]
        h_prev, candidate = self._h_prev[first:stop], self._candidate_from_state[first:stop]
        length, samples, hidden = r.shape
        gain = self._workspace.take("gru.gain", length, samples, 4, hidden)
        spare = self._workspace.take("gru.spare", length, samples, hidden)
        other = self._workspace.take("gru.other", length, samples, hidden)
        one = torch.ones((), dtype=r.dtype, device=r.device)
        to_n = torch.addcmul(one, n, n, value=-1, out=spare)
        to_n.addcmul_(to_n, z, value=-1)  # (1 - n²)(1 - z)
        gain[:, :, _CANDIDATE] = to_n
        torch.mul(to_n, r, out=gain[:, :, _SCALED_CANDIDATE])
        to_n.mul_(candidate)
        torch.mul(torch.addcmul(r, r, r, value=-1, out=other), to_n, out=gain[:, :, _RESET])
        torch.addcmul(z, z, z, value=-1, out=other)
        torch.mul(torch.sub(h_prev, n, out=spare), other, out=gain[:, :, _UPDATE])
        return gain

    def run_block(self, first: int, stop: int, grad_h: Tensor, carry: tuple[Tensor, ...]) -> Block:
        gain = self._gains(first, stop)
        z = self.gates[1, first:stop]
        row = torch.empty_like(gain)  # (time, sample, slot, hidden)
        kept = torch.empty_like(grad_h)
        pushed = row[:, :, :_CANDIDATE].flatten(2)
        later, held = carry
        for t in range(len(gain) - 1, -1, -1):
            grad_h_t = grad_h[t].addmm_(later, self._w_hh).add_(held)
            torch.mul(gain[t], grad_h_t.unsqueeze(1), out=row[t])
            later, held = pushed[t], torch.mul(z[t], grad_h_t, out=kept[t])
        return Block(None, row[:, :, [_RESET, _UPDATE, _CANDIDATE]], pushed, kept, (later, held))

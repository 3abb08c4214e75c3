"""The LSTM, gates in PyTorch's order i, f, g, o: ``c = f c⁻ + i g``, ``h = o tanh c``.

Adjoint, from the last step down::

    δh_t = e_t + Uᵀ δa_{t+1}
    δc_t = δh_t o_t (1 - tanh² c_t) + f_{t+1} δc_{t+1}      (+ dL/dc_n at the last step)
    δi = δc g i (1-i)    δf = δc c⁻ f (1-f)    δg = δc i (1-g²)    δo = δh tanh(c) o (1-o)
"""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.layout import Block, Sequences, Weights, preactivations, summed_bias
from gradviz.cells.workspace import Workspace

_CARRY, _INPUT, _FORGET, _CANDIDATE, _OUTPUT = range(5)  # slots of one step's row


class LSTMReplay:
    """States and adjoint of an LSTM layer; see `CellReplay`."""

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace):
        steps, samples = sequences.x.shape[:2]
        hidden = weights.w_hh.shape[0] // 4
        self._w_hh = weights.w_hh
        self._workspace = workspace
        a = workspace.take("lstm.a", 4, steps, samples, hidden)
        preactivations(sequences.x, weights.w_ih, summed_bias(weights), 4, out=a)
        preactivations(sequences.h[:-1], weights.w_hh, None, 4, out=a, add=True)
        a[:2].sigmoid_()
        a[2].tanh_()
        a[3].sigmoid_()
        self.gates = a
        self._c = self._scan_cell_state(sequences.c0)  # (time + 1, sample, hidden)
        self.c = self._c[1:]
        self._tanh_c = torch.tanh(self.c, out=workspace.take("lstm.tanh_c", *self.c.shape))
        self.h = torch.mul(a[3], self._tanh_c, out=workspace.take("lstm.h", *self.c.shape))

    def _scan_cell_state(self, c0: Tensor | None) -> Tensor:
        i, f, g, _ = self.gates
        steps, *shape = i.shape
        c = self._workspace.take("lstm.c", steps + 1, *shape)
        if c0 is None:
            c[0].zero_()
        else:
            c[0].copy_(c0)
        torch.mul(i, g, out=c[1:])
        now = c.unbind(0)
        for t, f_t in enumerate(f.unbind(0)):
            now[t + 1].addcmul_(f_t, now[t])
        return c

    def first_carry(self, grad_c_last: Tensor | None) -> tuple[Tensor, ...]:
        nothing = torch.zeros_like(self.h[0])
        return nothing.repeat(1, 4), nothing if grad_c_last is None else grad_c_last

    def _gains(self, first: int, stop: int) -> tuple[Tensor, Tensor]:
        """Every gate's gain on dL/dc (output: on dL/dh), and that of h on c."""
        i, f, g, o = self.gates[:, first:stop]
        c_prev, tanh_c = self._c[first:stop], self._tanh_c[first:stop]
        length, samples, hidden = i.shape
        gain = self._workspace.take("lstm.gain", length, samples, 5, hidden)
        spare = self._workspace.take("lstm.spare", length, samples, hidden)
        one = torch.ones((), dtype=i.dtype, device=i.device)
        gain[:, :, _CARRY] = f
        torch.mul(torch.addcmul(i, i, i, value=-1, out=spare), g, out=gain[:, :, _INPUT])
        torch.mul(torch.addcmul(f, f, f, value=-1, out=spare), c_prev, out=gain[:, :, _FORGET])
        torch.mul(torch.addcmul(one, g, g, value=-1, out=spare), i, out=gain[:, :, _CANDIDATE])
        torch.mul(torch.addcmul(o, o, o, value=-1, out=spare), tanh_c, out=gain[:, :, _OUTPUT])
        from_h = torch.addcmul(one, tanh_c, tanh_c, value=-1, out=spare).mul_(o)
        return gain, from_h

    def run_block(self, first: int, stop: int, grad_h: Tensor, carry: tuple[Tensor, ...]) -> Block:
        gain, from_h = self._gains(first, stop)
        grad_c = torch.empty_like(grad_h)
        row = torch.empty_like(gain)  # (time, sample, slot, hidden)
        pushed = row[:, :, _INPUT:].flatten(2)  # a view: the four gates of one step side by side
        later, kept = carry
        for t in range(len(gain) - 1, -1, -1):
            grad_h_t = grad_h[t].addmm_(later, self._w_hh)
            grad_c_t = torch.addcmul(kept, grad_h_t, from_h[t], out=grad_c[t])
            torch.mul(gain[t, :, :_OUTPUT], grad_c_t.unsqueeze(1), out=row[t, :, :_OUTPUT])
            torch.mul(gain[t, :, _OUTPUT], grad_h_t, out=row[t, :, _OUTPUT])
            later, kept = pushed[t], row[t, :, _CARRY]
        return Block(grad_c, row[:, :, _INPUT:], pushed, row[:, :, _CARRY], (later, kept))

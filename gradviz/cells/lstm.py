"""The LSTM, gates in PyTorch's order i, f, g, o: ``c = f c⁻ + i g``, ``m = o tanh c``, ``h = m``.

With a projection (``proj_size``), ``h = W_hr m``.  Adjoint, from the last step down::

    δh_t = e_t + Uᵀ δa_{t+1}          δm_t = δh_t, or W_hrᵀ δh_t
    δc_t = δm_t o_t (1 - tanh² c_t) + f_{t+1} δc_{t+1}      (+ what enters c_t directly)
    δi = δc g i (1-i)    δf = δc c⁻ f (1-f)    δg = δc i (1-g²)    δo = δm tanh(c) o (1-o)
"""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.layout import (
    Block,
    Sequences,
    Weights,
    by_gate,
    inputs_and_states,
    preactivation,
    summed_bias,
)
from gradviz.cells.workspace import Workspace

_CARRY, _INPUT, _FORGET, _CANDIDATE, _OUTPUT = range(5)  # slots of one step's row


class LSTMReplay:
    """States and adjoint of an LSTM layer; see `CellReplay`."""

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace):
        steps, samples = sequences.x.shape[:2]
        hidden = weights.w_hh.shape[0] // 4
        self._w_hr = weights.w_hr
        self._w_hh = weights.w_hh
        self._to_m = weights.w_hh if weights.w_hr is None else weights.w_hh @ weights.w_hr
        self._workspace = workspace
        a = workspace.take("lstm.a", 4, steps, samples, hidden)
        source = inputs_and_states(sequences, workspace)
        w = torch.cat([weights.w_ih, weights.w_hh], 1)
        for gate, weight, bias in zip(a, w.chunk(4), by_gate(summed_bias(weights), 4), strict=True):
            preactivation(source, weight, bias, out=gate)
        a[:2].sigmoid_()
        a[2].tanh_()
        a[3].sigmoid_()
        self.gates = a
        self._written = torch.mul(a[0], a[2], out=workspace.take("lstm.written", steps, samples, hidden))
        c = self._scan_cell_state(sequences.c0)  # (time + 1, sample, hidden)
        self.c_before, self.c = c[:-1], c[1:]
        self._tanh_c = torch.tanh(self.c, out=workspace.take("lstm.tanh_c", *self.c.shape))
        self._m = torch.mul(a[3], self._tanh_c, out=workspace.take("lstm.m", *self.c.shape))
        self.h = self._m if weights.w_hr is None else self._m @ weights.w_hr.t()

    def _scan_cell_state(self, c0: Tensor | None) -> Tensor:
        steps, *shape = self._written.shape
        c = self._workspace.take("lstm.c", steps + 1, *shape)
        if c0 is None:
            c[0].zero_()
        else:
            c[0].copy_(c0)
        before, *now = c.unbind(0)
        for f_t, written, c_t in zip(self.gates[1].unbind(0), self._written.unbind(0), now, strict=True):
            torch.addcmul(written, f_t, before, out=c_t)
            before = c_t
        return c

    def nothing_carried(self) -> tuple[Tensor, ...]:
        nothing = torch.zeros_like(self._m[0])
        return nothing.repeat(1, 4), nothing

    def _gains(self, first: int, stop: int) -> tuple[Tensor, Tensor]:
        """Every gate's gain on dL/dc (output: on dL/dm), and that of m on c.

        With w = i g and m = o tanh c: g i(1-i) = w - w i, c⁻ f(1-f) = (c⁻f) - (c⁻f) f,
        i(1-g²) = i - w g, tanh(c) o(1-o) = m - m o, and o(1-tanh²c) = o - m tanh c.
        """
        i, f, g, o = self.gates[:, first:stop]
        written, m, tanh_c = (part[first:stop] for part in (self._written, self._m, self._tanh_c))
        length, samples, hidden = i.shape
        gain = self._workspace.take("lstm.gain", length, samples, 5, hidden)
        spare = self._workspace.take("lstm.spare", length, samples, hidden)
        held = torch.mul(f, self.c_before[first:stop], out=spare)
        gain[:, :, _CARRY] = f
        torch.addcmul(written, written, i, value=-1, out=gain[:, :, _INPUT])
        torch.addcmul(held, held, f, value=-1, out=gain[:, :, _FORGET])
        torch.addcmul(i, written, g, value=-1, out=gain[:, :, _CANDIDATE])
        torch.addcmul(m, m, o, value=-1, out=gain[:, :, _OUTPUT])
        return gain, torch.addcmul(o, m, tanh_c, value=-1, out=spare)

    def run_block(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        gain, from_m = self._gains(first, stop)
        grad_m = grad_h if self._w_hr is None else grad_h @ self._w_hr
        grad_c = torch.empty_like(grad_m) if direct_c is None else direct_c.clone()
        row = torch.empty_like(gain)  # (time, sample, slot, hidden)
        pushed = row[:, :, _INPUT:].flatten(2)  # a view: the four gates of one step side by side
        later, kept = carry
        steps = zip(
            *(array.unbind(0) for array in (grad_m, grad_c, from_m)),
            *(
                part.unbind(0)
                for array in (gain, row)
                for part in (array[:, :, :_OUTPUT], array[:, :, _OUTPUT])
            ),
            pushed.unbind(0),
            row[:, :, _CARRY].unbind(0),
            strict=True,
        )
        for grad_m_t, grad_c_t, from_m_t, gain_c, gain_m, row_c, row_m, pushed_t, kept_t in reversed(
            list(steps)
        ):
            grad_m_t.addmm_(later, self._to_m)
            if direct_c is not None:
                kept = grad_c_t.add_(kept)
            torch.addcmul(kept, grad_m_t, from_m_t, out=grad_c_t)
            torch.mul(gain_c, grad_c_t.unsqueeze(1), out=row_c)
            torch.mul(gain_m, grad_m_t, out=row_m)
            later, kept = pushed_t, kept_t
        if self._w_hr is not None:  # the recursion went from m to m
            grad_h += torch.cat([pushed[1:], carry[0].unsqueeze(0)]) @ self._w_hh
        return Block(grad_c, row[:, :, _INPUT:], pushed, row[:, :, _CARRY])

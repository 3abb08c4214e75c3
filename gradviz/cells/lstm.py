"""The LSTM, gates in PyTorch's order i, f, g, o: ``c = f c⁻ + i g``, ``m = o tanh c``, ``h = m``.

With a projection (``proj_size``), ``h = W_hr m``.  Adjoint, from the last step down::

    δh_t = e_t + Uᵀ δa_{t+1}          δm_t = δh_t, or W_hrᵀ δh_t
    δc_t = δm_t o_t (1 - tanh² c_t) + f_{t+1} δc_{t+1}      (+ what enters c_t directly)
    δi = δc g i (1-i)    δf = δc c⁻ f (1-f)    δg = δc i (1-g²)    δo = δm tanh(c) o (1-o)

In memory the sample is the innermost dim: the gates of one step are then a contiguous (4 * hidden, sample)
matrix, for which one product and one multiplication by the gradient of c are enough.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.launch_bound import can_scan, scan
from gradviz.cells.layout import Block, Sequences, Weights, summed_bias
from gradviz.cells.linear_steps import diagonal, weighted_sum
from gradviz.cells.workspace import Workspace

_CARRY, _INPUT, _FORGET, _CANDIDATE, _OUTPUT = range(5)  # slots of one step's row


class LSTMReplay:
    """States and adjoint of an LSTM layer; see `CellReplay`.

    Internally arrays are (time, gate or slot, unit, sample); they are transposed where they leave.
    """

    checked = slice(None)

    def __init__(self, sequences: Sequences, weights: Weights, workspace: Workspace):
        self._w_hr = weights.w_hr
        self._w_hh = weights.w_hh
        to_m = weights.w_hh if weights.w_hr is None else weights.w_hh @ weights.w_hr
        self._from_gates = to_m.t().contiguous()  # (hidden, 4 * hidden)
        self._workspace = workspace
        self._a = _gates(sequences, weights, workspace)
        i, _, g, o = self._a.unbind(1)
        self._written = torch.mul(i, g, out=workspace.take("lstm.written", *i.shape))
        self._c = self._scan_cell_state(sequences.c0)  # (time + 1, hidden, sample)
        self._tanh_c = torch.tanh(self._c[1:], out=workspace.take("lstm.tanh_c", *i.shape))
        self._m = torch.mul(o, self._tanh_c, out=workspace.take("lstm.m", *i.shape))
        self.gates = self._a.permute(1, 0, 3, 2)
        self.c = _transposed(self._c[1:])
        self.h = self.replayed = _transposed(self._m if weights.w_hr is None else weights.w_hr @ self._m)

    def _scan_cell_state(self, c0: Tensor | None) -> Tensor:
        steps, *shape = self._written.shape
        c = self._workspace.take("lstm.c", steps + 1, *shape)
        if c0 is None:
            c[0].zero_()
        else:
            c[0].copy_(c0.t())
        if can_scan(c.device):
            c[1:] = self._written
            scan(self._a[:, 1], c)
            return c
        each = self._workspace.steps
        before, *now = each(c)
        for f_t, written, c_t in zip(each(self._a[:, 1]), each(self._written), now, strict=True):
            torch.addcmul(written, f_t, before, out=c_t)
            before = c_t
        return c

    def at_recurrent_product(self, delta: Tensor, first: int, stop: int) -> Tensor:
        return delta

    def nothing_carried(self) -> tuple[Tensor, ...]:
        nothing = torch.zeros_like(_transposed(self._m[0]))
        return nothing.repeat(1, 4), nothing

    def _gains(self, first: int, stop: int) -> tuple[Tensor, Tensor]:
        """Factor of dL/dc at every gate (output: of dL/dm), and ∂m/∂c.

        With w = i g and m = o tanh c: g i(1-i) = w - w i, c⁻ f(1-f) = (c⁻f) - (c⁻f) f,
        i(1-g²) = i - w g, tanh(c) o(1-o) = m - m o, and o(1-tanh²c) = o - m tanh c.
        """
        i, f, g, o = self._a[first:stop].unbind(1)
        written, m, tanh_c = (part[first:stop] for part in (self._written, self._m, self._tanh_c))
        length, *shape = i.shape
        gain = self._workspace.take("lstm.gain", length, 5, *shape)
        spare = self._workspace.take("lstm.spare", length, *shape)
        held = torch.mul(f, self._c[first:stop], out=spare)
        gain[:, _CARRY] = f
        torch.addcmul(written, written, i, value=-1, out=gain[:, _INPUT])
        torch.addcmul(held, held, f, value=-1, out=gain[:, _FORGET])
        torch.addcmul(i, written, g, value=-1, out=gain[:, _CANDIDATE])
        torch.addcmul(m, m, o, value=-1, out=gain[:, _OUTPUT])
        return gain, torch.addcmul(o, m, tanh_c, value=-1, out=spare)

    def run_block(
        self, first: int, stop: int, direct_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        gain, from_m = self._gains(first, stop)
        grad_h = self._copy("lstm.grad_h", direct_h)
        grad_m = grad_h if self._w_hr is None else self._w_hr.t() @ grad_h
        if direct_c is None:
            grad_c = self._workspace.like("lstm.grad_c", from_m)
        else:
            grad_c = self._copy("lstm.grad_c", direct_c)
        row = self._workspace.like("lstm.row", gain)  # (time, slot, hidden, sample)
        recurrent_gradient = row[:, _INPUT:].flatten(1, 2)  # a view: the four gates of one step, stacked
        later, carry_gradient = (part.t().contiguous() for part in carry)
        each = self._workspace.steps
        grad_m_steps = each(grad_m) if self._w_hr is None else grad_m.unbind(0)
        single = (each(array) for array in (grad_c, from_m, recurrent_gradient, row[:, _CARRY]))
        by_gain_of_c = (each(array[:, :_OUTPUT]) for array in (gain, row))
        by_gain_of_m = (each(array[:, _OUTPUT]) for array in (gain, row))
        steps = zip(grad_m_steps, *single, *by_gain_of_c, *by_gain_of_m, strict=True)
        comes_later = stop < len(self._m) or bool(later.any())
        for (
            grad_m_t,
            grad_c_t,
            from_m_t,
            recurrent_gradient_t,
            carry_gradient_t,
            gain_c,
            row_c,
            gain_m,
            row_m,
        ) in reversed(list(steps)):
            if comes_later:  # else a weight that is NaN would count at the last step, which has no product
                grad_m_t.addmm_(self._from_gates, later)
            comes_later = True
            if direct_c is not None:
                carry_gradient = grad_c_t.add_(carry_gradient)
            torch.addcmul(carry_gradient, grad_m_t, from_m_t, out=grad_c_t)
            torch.mul(gain_c, grad_c_t, out=row_c)
            torch.mul(gain_m, grad_m_t, out=row_m)
            later, carry_gradient = recurrent_gradient_t, carry_gradient_t
        if self._w_hr is not None:  # the recursion ran from m to m
            grad_h += self._w_hh.t() @ torch.cat([recurrent_gradient[1:], carry[0].t().unsqueeze(0)])
        return _block(grad_h, grad_c, row)

    def _copy(self, name: str, values: Tensor) -> Tensor:
        """(time, sample, unit) as (time, unit, sample) in the workspace."""
        transposed = _transposed(values)
        return self._workspace.take(name, *transposed.shape).copy_(transposed)

    def run_block_from_totals(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        gain, from_m = self._gains(first, stop)
        grad_h = self._copy("lstm.grad_h", grad_h)
        grad_m = grad_h if self._w_hr is None else self._w_hr.t() @ grad_h
        grad_c = grad_m * from_m
        if direct_c is not None:
            grad_c += _transposed(direct_c)
        grad_c[-1] += carry[1].t()
        if can_scan(grad_c.device):
            scan(gain[1:, _CARRY], grad_c, reverse=True)
        else:
            forget_t, grad_c_t = self._workspace.steps(gain[:, _CARRY]), grad_c.unbind(0)
            for t in reversed(range(len(grad_c) - 1)):
                grad_c_t[t].addcmul_(forget_t[t + 1], grad_c_t[t + 1])
        row = torch.mul(gain, grad_c.unsqueeze(1), out=self._workspace.like("lstm.row", gain))
        torch.mul(gain[:, _OUTPUT], grad_m, out=row[:, _OUTPUT])
        return _block(grad_h, grad_c, row)

    def linear_steps(self, first: int, stop: int) -> LSTMSteps:
        """Steps ``first`` to ``stop - 1``, linearised, in memory that the next block overwrites."""
        gain, from_m = self._gains(first, stop)
        forget, *gains = (_transposed(part).unsqueeze(2) for part in gain.unbind(1))
        return LSTMSteps(forget, tuple(gains), _transposed(from_m).unsqueeze(2), self._w_hh, self._w_hr)


def _gates(sequences: Sequences, weights: Weights, workspace: Workspace) -> Tensor:
    """Activations after the squashing functions, (time, gate, hidden, sample), by one batched product."""
    steps, samples = sequences.x.shape[:2]
    sources, columns = [sequences.x, sequences.h[:-1]], [weights.w_ih, weights.w_hh]
    bias = summed_bias(weights)
    if bias is not None:  # one more input, which is always 1
        sources.append(bias.new_ones(()).expand(steps, samples, 1))
        columns.append(bias.unsqueeze(1))
    w = torch.cat(columns, 1)
    source = torch.cat(sources, -1, out=workspace.take("lstm.source", steps, samples, w.shape[1]))
    a = workspace.take("lstm.a", steps, len(w), samples)
    torch.bmm(w.expand(steps, -1, -1), source.transpose(1, 2), out=a)
    gates = a.unflatten(1, (4, -1))
    gates[:, :2].sigmoid_()
    gates[:, 2].tanh_()
    gates[:, 3].sigmoid_()
    return gates


def _transposed(values: Tensor) -> Tensor:
    """The last two dims swapped, as a view."""
    return values.transpose(-1, -2)


def _block(grad_h: Tensor, grad_c: Tensor, row: Tensor) -> Block:
    """A block from arrays (time, …, unit, sample); ``row`` is (time, slot, unit, sample)."""
    return Block(
        _transposed(grad_h),
        _transposed(grad_c),
        row[:, _INPUT:].permute(0, 3, 1, 2),
        _transposed(row[:, _INPUT:].flatten(1, 2)),
        _transposed(row[:, _CARRY]),
    )


class LSTMSteps(NamedTuple):
    """``∂c/∂h⁻ = Σ_k diag(gain_k) U_k``, k over i, f, g, and ``∂c/∂c⁻ = diag(f)``; then
    ``dm = diag(from_m) dc + diag(gain_o) U_o dh⁻``, and ``dh = dm`` or ``W_hr dm``.

    ``forget``: f, (time, sample, 1, hidden).  ``gains``: four of that shape, of ∂c/∂a (output: ∂m/∂a).
    ``from_m``: ∂m/∂c, of that shape.  ``w_hr``: (state, hidden) or None.
    """

    forget: Tensor
    gains: tuple[Tensor, ...]
    from_m: Tensor
    w_hh: Tensor
    w_hr: Tensor | None

    @property
    def size(self) -> int:
        return sum(self._parts)

    @property
    def _parts(self) -> list[int]:
        return [self.w_hh.shape[1], self.w_hh.shape[0] // 4]

    def jacobians(self) -> Tensor:
        time, sample = self.forget.shape[:2]
        jacobians = self.forget.new_zeros(time, sample, self.size, self.size)
        of_h, of_c = jacobians.split(self._parts, 2)
        (h_h, h_c), (c_h, c_c) = of_h.split(self._parts, 3), of_c.split(self._parts, 3)
        *blocks, output = self.w_hh.chunk(4)
        c_h.copy_(weighted_sum(self.gains[:3], blocks))
        diagonal(c_c).copy_(self.forget.squeeze(2))
        m_h = torch.addcmul(self.gains[3].mT * output, self.from_m.mT, c_h)
        if self.w_hr is None:
            h_h.copy_(m_h)
            diagonal(h_c).copy_((self.from_m * self.forget).squeeze(2))
        else:
            h_h.copy_(self.w_hr @ m_h)
            h_c.copy_(self.w_hr * (self.from_m * self.forget))
        return jacobians

    def jvp(self, tangents: Tensor) -> Tensor:
        h, c = tangents.split(self._parts, -1)
        *gated, output = (h @ self.w_hh.t()).chunk(4, -1)
        c = self.forget * c
        for gain, a in zip(self.gains, gated, strict=False):
            c += gain * a
        m = self.from_m * c + self.gains[3] * output
        return torch.cat([m if self.w_hr is None else m @ self.w_hr.t(), c], -1)

    def vjp(self, cotangents: Tensor) -> Tensor:
        h, c = cotangents.split(self._parts, -1)
        m = h if self.w_hr is None else h @ self.w_hr
        c = c + self.from_m * m
        at_gates = torch.cat([*(gain * c for gain in self.gains[:3]), self.gains[3] * m], -1)
        return torch.cat([at_gates @ self.w_hh, self.forget * c], -1)


LSTM = CellSpec(
    "lstm",
    LSTMReplay,
    step_function=torch.lstm_cell,
    layer_function=torch.lstm,
    layer=nn.LSTM,
    cell=nn.LSTMCell,
    mode="LSTM",
)

"""The adjoint of a block by PyTorch's own fused kernel, for devices on which a loop over time is slow.

On a GPU every operation of the step-by-step recursion is a kernel launch, and a dozen launches per step take
many times as long as cuDNN needs.  The fused kernel runs over a block whose input products are already
computed, with an identity in place of the input weight; the gradient of its input is then the gradient at
every pre-activation.  The rest takes one product over the block, and one elementwise operation per step
where a state is carried from step to step (the cell state of an LSTM, the hidden state of a GRU).
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.launch_bound import can_scan, scan
from gradviz.cells.layout import Block, LayerReplay, Sequences, Weights
from gradviz.cells.workspace import Workspace


class FusedAdjoint:
    """A replay whose blocks go through the fused kernel; see `LayerReplay`.

    Parameters
    ----------
    replay : LayerReplay
        Replay of a layer without projection.
    sequences : Sequences
    weights : Weights
    spec : CellSpec
        Must have a ``layer``.
    workspace : Workspace
        Keeps the fused kernel's module.
    drift : float
        Largest difference of the kernel's states from the recorded ones; a block with a larger one is left
        to the replay.
    """

    def __init__(
        self,
        replay: LayerReplay,
        sequences: Sequences,
        weights: Weights,
        spec: CellSpec,
        workspace: Workspace,
        *,
        drift: float,
    ):
        self._replay = replay
        self._has_cell_state = spec.has_cell_state
        self._states = sequences.h  # (time + 1, sample, state)
        self._drift = drift
        self._w_hh = weights.w_hh
        self._inputs = nn.functional.linear(sequences.x, weights.w_ih, weights.b_ih)
        self._kernel = _kernel(spec, weights, workspace)
        self.gates, self.h, self.c = replay.gates, replay.h, replay.c
        self.replayed, self.checked = replay.replayed, replay.checked
        self._c_start = torch.zeros_like(replay.h[0]) if sequences.c0 is None else sequences.c0
        keeps = spec.description.keeps
        self._carry_gate = None  # of the hidden state: (time, sample, hidden)
        if keeps is not None and not spec.has_cell_state:
            self._carry_gate = self.gates[spec.description.gates.index(keeps)]

    def at_recurrent_product(self, delta: Tensor, first: int, stop: int) -> Tensor:
        return self._replay.at_recurrent_product(delta, first, stop)

    def nothing_carried(self) -> tuple[Tensor, ...]:
        return self._replay.nothing_carried()

    def run_block(
        self, first: int, stop: int, direct_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        if direct_c is not None and bool((direct_c[:-1] != 0).any()):
            return self._replay.run_block(first, stop, direct_h, direct_c, carry)
        later, *carried = carry
        comes_later = stop < len(self.h) or bool(later.any())
        from_later = later @ self._w_hh if comes_later else torch.zeros_like(direct_h[-1])
        final: tuple[Tensor, ...] = (from_later,)
        if self._has_cell_state:
            final = (from_later, carried[0] if direct_c is None else carried[0] + direct_c[-1])
        elif carried:  # into the hidden state
            final = (from_later + carried[0],)
        delta = self._at_preactivations(first, stop, direct_h, final)
        if delta is None:
            return self._replay.run_block(first, stop, direct_h, direct_c, carry)
        grad_h = self._totals(first, stop, direct_h, final, delta)
        return self._replay.run_block_from_totals(first, stop, grad_h, direct_c, carry)

    def run_block_from_totals(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        return self._replay.run_block_from_totals(first, stop, grad_h, direct_c, carry)

    def _totals(
        self, first: int, stop: int, direct_h: Tensor, final: tuple[Tensor, ...], delta: Tensor
    ) -> Tensor:
        """Total gradients of the hidden states, from those at the pre-activations: (time, sample, state)."""
        recurrent = self.at_recurrent_product(delta, first, stop)
        grad_h = torch.cat([recurrent[1:] @ self._w_hh, final[0].unsqueeze(0)]).add_(direct_h)
        if self._carry_gate is None:
            return grad_h
        later_gates = self._carry_gate[first + 1 : stop]
        if can_scan(grad_h.device):
            scan(later_gates, grad_h, reverse=True)
        else:
            grad_h_t = grad_h.unbind(0)
            for t, gate_later in reversed(list(enumerate(later_gates.unbind(0)))):
                grad_h_t[t].addcmul_(gate_later, grad_h_t[t + 1])
        return grad_h

    def _at_preactivations(
        self, first: int, stop: int, direct_h: Tensor, final: tuple[Tensor, ...]
    ) -> Tensor | None:
        """Gradient at the pre-activations of the input side: (time, sample, gates * hidden).

        None if the states of the kernel drift away from the recorded ones, as in a chaotic network: the
        kernel computes the block's states again from the first one alone.  ``final``: gradient of the
        block's last states.
        """
        before = [self._states[first]]
        if self.c is not None:
            before.append(self._c_start if first == 0 else self.c[first - 1])
        with torch.enable_grad():
            leaf = self._inputs[first:stop].detach().requires_grad_()
            start = tuple(part.unsqueeze(0).contiguous() for part in before)
            out, last = self._kernel(leaf, start if self._has_cell_state else start[0])
            if not torch.allclose(out, self._states[first + 1 : stop + 1], rtol=0, atol=self._drift):
                return None
            outputs = [out, *(last if self._has_cell_state else (last,))]
            (delta,) = torch.autograd.grad(outputs, leaf, [direct_h, *(part.unsqueeze(0) for part in final)])
        return delta


def _kernel(spec: CellSpec, weights: Weights, workspace: Workspace) -> nn.RNNBase:
    """The fused module of one layer with an identity for its input weight, and the recurrent weights."""
    weight = weights.w_hh
    key = spec.name, weight.shape, weight.device, weight.dtype
    kernel: Any = workspace.module(key, lambda: _new_kernel(spec, weight))
    with torch.no_grad():
        kernel.weight_hh_l0.copy_(weight)
        if weights.b_hh is None:
            kernel.bias_hh_l0.zero_()
        else:
            kernel.bias_hh_l0.copy_(weights.b_hh)
    return cast("nn.RNNBase", kernel)


def _new_kernel(spec: CellSpec, weight: Tensor) -> nn.RNNBase:
    """A fused module that takes pre-activations as its input, made without random numbers."""
    rows, hidden = weight.shape
    if spec.layer is None:
        raise ValueError(f"the cell {spec.name!r} has no fused layer")
    kernel: Any = spec.layer(rows, hidden, device="meta", dtype=weight.dtype)
    kernel = kernel.to_empty(device=weight.device)
    with torch.no_grad():
        nn.init.eye_(kernel.weight_ih_l0)
        kernel.bias_ih_l0.zero_()
    return cast("nn.RNNBase", kernel.requires_grad_(False))

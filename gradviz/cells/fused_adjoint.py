"""The adjoint of a block by PyTorch's own fused kernel, for devices on which a loop over time is dear.

On a GPU every operation of the step-by-step recursion costs a launch, and a dozen of them a step is many
times what cuDNN needs.  The fused kernel run over a block with the inputs' products already made, and an
identity in place of the input weight, has the gradient at every pre-activation as the gradient of its
input.  What the recording wants besides is one product over the block, and one elementwise operation a
step where a state is carried from step to step (an LSTM's cell, a GRU's hidden state).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from gradviz.cells.gru import GRUReplay
from gradviz.cells.layout import Block, CellReplay, Sequences, Weights
from gradviz.cells.lstm import LSTMReplay
from gradviz.cells.rnn import RNNReplay


class FusedAdjoint:
    """A replay whose blocks go through the fused kernel; see `CellReplay`.

    Parameters
    ----------
    replay : RNNReplay, LSTMReplay or GRUReplay
        Of a layer without projection.
    sequences : Sequences
    weights : Weights
    relu : bool
        Of a plain RNN.
    """

    def __init__(
        self,
        replay: RNNReplay | LSTMReplay | GRUReplay,
        sequences: Sequences,
        weights: Weights,
        *,
        relu: bool = False,
    ):
        self._replay = replay
        self._h_before = sequences.h[:-1]
        self._w_hh = weights.w_hh
        self._inputs = nn.functional.linear(sequences.x, weights.w_ih, weights.b_ih)
        self._kernel = _kernel(replay, weights, relu=relu)
        self.gates, self.h, self.c = replay.gates, replay.h, replay.c
        self.replayed, self.checked = replay.replayed, replay.checked

    def nothing_carried(self) -> tuple[Tensor, ...]:
        return self._replay.nothing_carried()

    def run_block(
        self, first: int, stop: int, direct_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        if direct_c is not None and bool((direct_c[:-1] != 0).any()):
            return self._replay.run_block(first, stop, direct_h, direct_c, carry)
        here, (later, *carry_gradient) = slice(first, stop), carry
        from_later = later @ self._w_hh
        c_before: tuple[Tensor, ...] = ()
        final: tuple[Tensor, ...] = (from_later,)
        if isinstance(self._replay, LSTMReplay):
            c_before = (self._replay.c_before[here][0],)
            final = (from_later, carry_gradient[0] if direct_c is None else carry_gradient[0] + direct_c[-1])
        elif carry_gradient:  # a GRU's, into its hidden state
            final = (from_later + carry_gradient[0],)
        grad_h = self._totals(here, direct_h, final, self._at_preactivations(here, c_before, direct_h, final))
        return self._replay.run_block_from_totals(first, stop, grad_h, direct_c, carry)

    def run_block_from_totals(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        return self._replay.run_block_from_totals(first, stop, grad_h, direct_c, carry)

    def _totals(self, here: slice, direct_h: Tensor, final: tuple[Tensor, ...], delta: Tensor) -> Tensor:
        """Total gradients of the hidden states, from those at the pre-activations, (time, sample, state)."""
        reset_scales = isinstance(self._replay, GRUReplay)
        recurrent_gradient = delta
        if reset_scales:
            rest, candidate = delta.split([2 * delta.shape[-1] // 3, delta.shape[-1] // 3], -1)
            recurrent_gradient = torch.cat([rest, self.gates[0, here] * candidate], -1)
        grad_h = torch.cat([recurrent_gradient[1:] @ self._w_hh, final[0].unsqueeze(0)]).add_(direct_h)
        if reset_scales:
            grad_h_t = grad_h.unbind(0)
            for t, update_later in reversed(list(enumerate(self.gates[1, here].unbind(0)[1:]))):
                grad_h_t[t].addcmul_(update_later, grad_h_t[t + 1])
        return grad_h

    def _at_preactivations(
        self, here: slice, c_before: tuple[Tensor, ...], direct_h: Tensor, final: tuple[Tensor, ...]
    ) -> Tensor:
        """Gradient at the pre-activations of the input side, (time, sample, gates * hidden).

        ``c_before``: the cell state before the block, of an LSTM; ``final``: gradient of its last states.
        """
        with torch.enable_grad():
            leaf = self._inputs[here].detach().requires_grad_()
            before = [part.unsqueeze(0).contiguous() for part in (self._h_before[here][0], *c_before)]
            out, last = self._kernel(leaf, tuple(before) if c_before else before[0])
            outputs = [out, *last] if c_before else [out, last]
            (delta,) = torch.autograd.grad(outputs, leaf, [direct_h, *(part.unsqueeze(0) for part in final)])
        return delta


def _kernel(replay: CellReplay, weights: Weights, *, relu: bool) -> nn.RNNBase:
    """The fused module of one layer with an identity for its input weight; made without random numbers."""
    rows, hidden = weights.w_hh.shape
    nowhere = {"device": "meta", "dtype": weights.w_hh.dtype}
    made: nn.RNNBase
    if isinstance(replay, RNNReplay):
        made = nn.RNN(rows, hidden, nonlinearity="relu" if relu else "tanh", **nowhere)
    else:
        made = (nn.LSTM if isinstance(replay, LSTMReplay) else nn.GRU)(rows, hidden, **nowhere)
    kernel: Any = made.to_empty(device=weights.w_hh.device)
    nothing = weights.w_hh.new_zeros(rows)
    with torch.no_grad():
        nn.init.eye_(kernel.weight_ih_l0)
        kernel.weight_hh_l0.copy_(weights.w_hh)
        kernel.bias_ih_l0.zero_()
        kernel.bias_hh_l0.copy_(nothing if weights.b_hh is None else weights.b_hh)
    return kernel.requires_grad_(False)

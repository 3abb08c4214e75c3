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

    def nothing_carried(self) -> tuple[Tensor, ...]:
        return self._replay.nothing_carried()

    def run_block(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        if direct_c is not None and bool((direct_c[:-1] != 0).any()):
            return self._replay.run_block(first, stop, grad_h, direct_c, carry)
        later, *kept = carry
        from_later = later @ self._w_hh
        if isinstance(self._replay, LSTMReplay):
            last_c = kept[0] if direct_c is None else kept[0] + direct_c[-1]
            return self._lstm_block(self._replay, slice(first, stop), grad_h, (from_later, last_c))
        if isinstance(self._replay, GRUReplay):
            return self._gru_block(slice(first, stop), grad_h, from_later + kept[0])
        delta = self._at_preactivations(slice(first, stop), (), grad_h, (from_later,))
        grad_h[:-1] += delta[1:] @ self._w_hh
        grad_h[-1] += from_later
        return Block(None, delta.unsqueeze(2), delta, None)

    def _at_preactivations(
        self, here: slice, c_before: tuple[Tensor, ...], grad_h: Tensor, final: tuple[Tensor, ...]
    ) -> Tensor:
        """Gradient at the pre-activations of the input side, (time, sample, gates * hidden).

        ``c_before``: the cell state before the block, of an LSTM; ``final``: gradient of its last states.
        """
        with torch.enable_grad():
            leaf = self._inputs[here].detach().requires_grad_()
            before = [part.unsqueeze(0).contiguous() for part in (self._h_before[here][0], *c_before)]
            out, last = self._kernel(leaf, tuple(before) if c_before else before[0])
            outputs = [out, *last] if c_before else [out, last]
            (delta,) = torch.autograd.grad(outputs, leaf, [grad_h, *(part.unsqueeze(0) for part in final)])
        return delta

    def _lstm_block(
        self, replay: LSTMReplay, here: slice, grad_h: Tensor, final: tuple[Tensor, Tensor]
    ) -> Block:
        delta = self._at_preactivations(here, (replay.c_before[here][0],), grad_h, final)
        grad_h[:-1] += delta[1:] @ self._w_hh
        grad_h[-1] += final[0]
        _, forget, _, output = self.gates[:, here]
        tanh_c = torch.tanh(replay.c[here])
        grad_c = grad_h * output * (1 - tanh_c * tanh_c)
        grad_c[-1] += final[1]
        grad_c_t = grad_c.unbind(0)
        for t, forget_later in reversed(list(enumerate(forget.unbind(0)[1:]))):
            grad_c_t[t].addcmul_(forget_later, grad_c_t[t + 1])
        return Block(grad_c, delta.unflatten(2, (4, -1)), delta, forget * grad_c)

    def _gru_block(self, here: slice, grad_h: Tensor, final: Tensor) -> Block:
        delta = self._at_preactivations(here, (), grad_h, (final,))
        reset, update, _ = self.gates[:, here]
        grad_gates = delta.unflatten(2, (3, -1))
        pushed = torch.cat([delta[..., : -reset.shape[-1]], reset * grad_gates[:, :, 2]], -1)
        grad_h[:-1] += pushed[1:] @ self._w_hh
        grad_h[-1] += final
        grad_h_t = grad_h.unbind(0)
        for t, update_later in reversed(list(enumerate(update.unbind(0)[1:]))):
            grad_h_t[t].addcmul_(update_later, grad_h_t[t + 1])
        return Block(None, grad_gates, pushed, update * grad_h)


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

"""What all cells share: one layer's weights, its replayed states, and the pieces of the adjoint.

Arrays are gate-major, ``(gate, time, sample, unit)``, where they are computed in one go, so that every
gate is contiguous; the recursion's own arrays are ``(time, sample, slot, unit)``, so that one step's
gates are one row of the product with the recurrent weight.  Time runs in the order of processing: for
the reverse direction the caller has turned it round.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class Weights(NamedTuple):
    """One layer and direction of a recurrent module, in PyTorch's layout.

    ``w_ih``: (gates * hidden, input); ``w_hh``: (gates * hidden, hidden); ``b_ih``, ``b_hh``:
    (gates * hidden,) or None.
    """

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor | None
    b_hh: Tensor | None


class Sequences(NamedTuple):
    """The chosen sequences of one layer and direction, in the order of processing.

    ``x``: (time, sample, input).  ``h``: (time + 1, sample, hidden), the native states with h_0 in
    front.  ``c0``: (sample, hidden), or None for cells without a cell state.
    """

    x: Tensor
    h: Tensor
    c0: Tensor | None


class Block(NamedTuple):
    """Gradients of one block of time steps, all in the block's scale.

    ``grad_c``: (time, sample, hidden) or None.  ``grad_gates``: (time, sample, gate, hidden), at the
    pre-activations.  ``pushed``: (time, sample, gates * hidden), what the product with ``w_hh`` takes to
    the step before.  ``kept``: (time, sample, hidden) or None, what goes there without the product.
    ``carry``: what the block before it continues from.
    """

    grad_c: Tensor | None
    grad_gates: Tensor
    pushed: Tensor
    kept: Tensor | None
    carry: tuple[Tensor, ...]


class CellReplay(Protocol):
    """States of one layer and direction, rebuilt, with the adjoint recursion over them."""

    @property
    def gates(self) -> Tensor:
        """After the squashing function: (gate, time, sample, hidden)."""

    @property
    def h(self) -> Tensor:
        """Replayed states: (time, sample, hidden)."""

    @property
    def c(self) -> Tensor | None:
        """Cell states of an LSTM: (time, sample, hidden)."""

    def first_carry(self, grad_c_last: Tensor | None) -> tuple[Tensor, ...]:
        """Carry into the last step: nothing from later steps, and dL/dc_n where it is given."""

    def run_block(self, first: int, stop: int, grad_h: Tensor, carry: tuple[Tensor, ...]) -> Block:
        """Adjoint recursion from step ``stop - 1`` down to ``first``.

        ``grad_h`` (stop - first, sample, hidden) holds the direct gradients and becomes the total ones.
        """


def preactivations(
    source: Tensor, weight: Tensor, bias: Tensor | None, gates: int, *, out: Tensor, add: bool = False
) -> Tensor:
    """One product for all gates of the sequence: ``source @ weight.T + bias``, gate-major.

    Parameters
    ----------
    source : Tensor, shape (time, sample, features)
    weight : Tensor, shape (gates * hidden, features)
    bias : Tensor, shape (gates * hidden,), or None
    gates : int
    out : Tensor, shape (gates, time, sample, hidden)
        Written, or added to with ``add``; then ``bias`` is added as well.
    """
    hidden = weight.shape[0] // gates
    flat = source.reshape(1, -1, source.shape[-1]).expand(gates, -1, -1)
    weight_t = weight.view(gates, hidden, -1).mT  # (gate, features, hidden)
    target = out.view(gates, -1, hidden)
    if add:
        target.baddbmm_(flat, weight_t)
        if bias is not None:
            target.add_(bias.view(gates, 1, hidden))
    elif bias is None:
        torch.bmm(flat, weight_t, out=target)
    else:
        torch.baddbmm(bias.view(gates, 1, hidden), flat, weight_t, out=target)
    return out


def summed_bias(weights: Weights) -> Tensor | None:
    """PyTorch adds two biases; where only their sum matters, this is it."""
    return None if weights.b_ih is None or weights.b_hh is None else weights.b_ih + weights.b_hh

"""What all cells have in common: the weights of a layer, its replayed states, and the blocks of the adjoint.

The order of dims is the same everywhere: ``(gate, time, sample, unit)`` for gates and ``(time, sample,
unit)`` for states.  The layout in memory is up to each cell.  Time is in the order of processing: for the
reverse direction the caller has reversed it.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from gradviz.cells.linear_steps import LinearSteps
from gradviz.cells.workspace import Workspace


class Weights(NamedTuple):
    """One layer and direction of a recurrent module, in PyTorch's layout.

    ``w_ih``: (gates * hidden, input); ``w_hh``: (gates * hidden, state); ``b_ih``, ``b_hh``:
    (gates * hidden,) or None; ``w_hr``: (state, hidden), the projection of an LSTM with ``proj_size``,
    or None; without it ``state`` equals ``hidden``.
    """

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor | None
    b_hh: Tensor | None
    w_hr: Tensor | None = None

    def to(self, dtype: torch.dtype) -> Weights:
        w_ih, w_hh, *rest = self
        return Weights(w_ih.to(dtype), w_hh.to(dtype), *(None if w is None else w.to(dtype) for w in rest))


class Sequences(NamedTuple):
    """The chosen sequences of one layer and direction, in the order of processing.

    ``x``: (time, sample, input).  ``h``: (time + 1, sample, state), the native states, h_0
    first.  ``c0``: (sample, hidden), or None for cells without a cell state.
    """

    x: Tensor
    h: Tensor
    c0: Tensor | None


class Block(NamedTuple):
    """Gradients of one block of time steps, all in the block's scale.

    ``grad_h``: (time, sample, state), total.  ``grad_c``: (time, sample, hidden) or None.  ``grad_gates``:
    (time, sample, gate, hidden), at the pre-activations.  ``recurrent_gradient``: (time, sample, gates *
    hidden), which ``w_hh`` maps to the previous step.  ``carry_gradient``: (time, sample, hidden) or None,
    which reaches the previous step's carried state without that product.
    """

    grad_h: Tensor
    grad_c: Tensor | None
    grad_gates: Tensor
    recurrent_gradient: Tensor
    carry_gradient: Tensor | None

    def carry(self, t: int) -> tuple[Tensor, ...]:
        """What the block's step ``t`` passes on to the step before it."""
        return (
            (self.recurrent_gradient[t],)
            if self.carry_gradient is None
            else (self.recurrent_gradient[t], self.carry_gradient[t])
        )

    def since(self, t: int) -> Block:
        """The block from its step ``t`` on."""
        return Block(
            self.grad_h[t:],
            None if self.grad_c is None else self.grad_c[t:],
            self.grad_gates[t:],
            self.recurrent_gradient[t:],
            None if self.carry_gradient is None else self.carry_gradient[t:],
        )


class CellReplay(Protocol):
    """The states of one layer and direction, computed again, with the adjoint recursion over them."""

    @property
    def gates(self) -> Tensor:
        """Gate activations after the squashing function: (gate, time, sample, hidden)."""

    @property
    def h(self) -> Tensor:
        """States: (time, sample, state)."""

    @property
    def replayed(self) -> Tensor:
        """States computed again, each from the native previous one: (time, checked samples, state)."""

    @property
    def checked(self) -> slice:
        """The samples that ``replayed`` contains."""

    @property
    def c(self) -> Tensor | None:
        """Cell states of an LSTM: (time, sample, hidden)."""

    def nothing_carried(self) -> tuple[Tensor, ...]:
        """The carry into the last step: zeros, because no later step exists."""

    def run_block(
        self, first: int, stop: int, direct_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        """Adjoint recursion from step ``stop - 1`` down to ``first``.

        ``direct_h`` (stop - first, sample, state), ``direct_c`` (stop - first, sample, hidden): direct
        gradients; ``direct_h`` may be overwritten.  The next block overwrites this one's memory.
        """


class LayerReplay(CellReplay, Protocol):
    """What a cell with a fused layer offers besides."""

    def at_recurrent_product(self, delta: Tensor, first: int, stop: int) -> Tensor:
        """Gradient at the product with ``w_hh``, given ``delta``, that at the product with ``w_ih``.

        Both (time, sample, gates * hidden), of steps ``first`` to ``stop - 1``; they are the same tensor
        where nothing scales the recurrent product alone.
        """

    def run_block_from_totals(
        self, first: int, stop: int, grad_h: Tensor, direct_c: Tensor | None, carry: tuple[Tensor, ...]
    ) -> Block:
        """The same block if the total gradients ``grad_h`` (stop - first, sample, state) are known."""

    def linear_steps(self, first: int, stop: int) -> LinearSteps:
        """Steps ``first`` to ``stop - 1``, linearised, in memory that the next block overwrites."""


def inputs_and_states(sequences: Sequences, workspace: Workspace) -> Tensor:
    """Input and previous state of every step side by side: (time * sample, input + state)."""
    steps, samples, width = sequences.x.shape
    together = workspace.take("inputs_and_states", steps, samples, width + sequences.h.shape[-1])
    torch.cat([sequences.x, sequences.h[:-1]], -1, out=together)
    return together.flatten(0, 1)


def preactivation(source: Tensor, weight: Tensor, bias: Tensor | None, *, out: Tensor) -> Tensor:
    """One gate's product over the whole sequence: ``source @ weight.T + bias``.

    One product for each gate, with a contiguous result, costs less than a single product with the gates
    interleaved: the squashing functions are several times faster on contiguous memory.

    Parameters
    ----------
    source : Tensor, shape (time * sample, features)
    weight : Tensor, shape (hidden, features)
    bias : Tensor, shape (hidden,), or None
    out : Tensor, shape (time, sample, hidden)
    """
    flat = out.view(-1, weight.shape[0])
    if bias is None:
        torch.mm(source, weight.t(), out=flat)
    else:
        torch.addmm(bias, source, weight.t(), out=flat)
    return out


def by_gate(values: Tensor | None, gates: int) -> tuple[Tensor | None, ...]:
    """A weight or bias (gates * hidden, ...) split into one part for each gate; Nones for None."""
    return (None,) * gates if values is None else values.chunk(gates)


def summed_bias(weights: Weights) -> Tensor | None:
    """The sum of PyTorch's two biases; None if there are none."""
    return None if weights.b_ih is None or weights.b_hh is None else weights.b_ih + weights.b_hh

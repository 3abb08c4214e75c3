"""What a backward pass brings to the states of a layer."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class UpstreamGradient(NamedTuple):
    """Gradients of one direction of a layer, in its order of processing; None for nothing, or not known.

    ``h``: (time, sample, state), direct, h_n's in the last step of each sequence.  ``c``: (time, sample,
    hidden), the same of the cell state.  ``total_h``: (time, sample, state), where autograd says it.
    """

    h: Tensor | None
    c: Tensor | None
    total_h: Tensor | None = None

    def plus(self, other: UpstreamGradient) -> UpstreamGradient:
        """Direct gradients of two backward passes through one graph."""
        return UpstreamGradient(_sum(self.h, other.h), _sum(self.c, other.c))


NOTHING_UPSTREAM = UpstreamGradient(None, None)


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return b if a is None else a if b is None else a + b

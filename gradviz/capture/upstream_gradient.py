"""The gradient that a backward pass brings to the states of a layer from above."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class UpstreamGradient(NamedTuple):
    """Gradients of one direction of a layer, in its order of processing; None where none arrived.

    ``h``: (time, sample, state), direct gradient, that at h_n included in each sequence's last step.
    ``c``: (time, sample, hidden), the same for the cell state.  ``total_h``: (time, sample, state), total
    gradient if autograd's graph gave it.  ``exponent_h``, ``exponent_c``: (time, sample), float64, of powers
    of two by which ``h`` and ``c`` are to be multiplied; None if they are all 0.  ``trained_with``: (time,
    sample), the largest magnitude of what the training itself brought to ``h``, which may have underflowed on
    its way; None if that is ``h``.
    """

    h: Tensor | None
    c: Tensor | None
    total_h: Tensor | None = None
    exponent_h: Tensor | None = None
    exponent_c: Tensor | None = None
    trained_with: Tensor | None = None

    def plus(self, other: UpstreamGradient) -> UpstreamGradient:
        """The sum of the direct gradients, without exponents, of two backward passes through one graph."""
        return UpstreamGradient(_sum(self.h, other.h), _sum(self.c, other.c))


NOTHING_UPSTREAM = UpstreamGradient(None, None)


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return b if a is None else a if b is None else a + b

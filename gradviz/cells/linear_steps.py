"""Steps linearised about the states as they were: their Jacobians, and products with them.

The state of an LSTM is (h, c), h first; that of the others is h.  A step takes ``state_from`` to ``state``.
Vectors lie along the last dim; any number of them stand in the one before, (time, sample, vector, state).
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class LinearSteps(Protocol):
    """Some consecutive steps of one layer and direction.

    ``size``: of the state.  ``w_hh``: the recurrent weight.
    """

    @property
    def size(self) -> int: ...

    @property
    def w_hh(self) -> Tensor: ...

    def jacobians(self) -> Tensor:
        """(time, sample, state, state_from)."""

    def jvp(self, tangents: Tensor) -> Tensor:
        """J v: from before each step to after it; (time, sample, vector, state), as what comes out."""

    def vjp(self, cotangents: Tensor) -> Tensor:
        """Jᵀ v: from after each step to before it; (time, sample, vector, state), as what comes out."""


def weighted_sum(gains: tuple[Tensor, ...], blocks: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    """``Σ_k diag(gain_k) U_k``: (time, sample, hidden, state)."""
    total = gains[0].mT * blocks[0]
    for gain, block in zip(gains[1:], blocks[1:], strict=True):
        total.addcmul_(gain.mT, block)
    return total


def diagonal(matrices: Tensor) -> Tensor:
    """A view, (..., row), of the diagonals of (..., row, column)."""
    return torch.diagonal(matrices, dim1=-2, dim2=-1)

"""Time steps linearised about the recorded states: their Jacobians, and products with them.

The state of an LSTM is (h, c), h first; that of other cells is h.  A step maps ``state_from`` to ``state``.
Vectors lie along the last dim, and any number of them along the dim before: (time, sample, vector, state).
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor


class LinearSteps(Protocol):
    """Consecutive steps of one layer and direction.

    ``size``: of the state.  ``w_hh``: the recurrent weight.
    """

    @property
    def size(self) -> int: ...

    @property
    def w_hh(self) -> Tensor: ...

    def jacobians(self) -> Tensor:
        """The Jacobian of each step: (time, sample, state, state_from)."""

    def jvp(self, tangents: Tensor) -> Tensor:
        """Jacobian-vector products J v; argument and result are (time, sample, vector, state)."""

    def vjp(self, cotangents: Tensor) -> Tensor:
        """Vector-Jacobian products Jᵀ v; argument and result are (time, sample, vector, state)."""


def weighted_sum(gains: tuple[Tensor, ...], blocks: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    """``Σ_k diag(gain_k) U_k``: (time, sample, hidden, state)."""
    total = gains[0].mT * blocks[0]
    for gain, block in zip(gains[1:], blocks[1:], strict=True):
        total.addcmul_(gain.mT, block)
    return total


def diagonal(matrices: Tensor) -> Tensor:
    """The diagonals of (..., row, column), as a view (..., row)."""
    return torch.diagonal(matrices, dim1=-2, dim2=-1)

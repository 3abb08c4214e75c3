"""Steps linearised about the states as they were: their Jacobians, and products with them.

The state of an LSTM is (h, c), h first; that of the others is h.  A step takes ``state_from`` to ``state``.
Vectors lie along the last dim; any number of them stand in the one before, (time, sample, vector, state).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

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


class RNNSteps(NamedTuple):
    """``J = diag(φ'(a)) U``.  ``slope``: φ'(a), (time, sample, 1, hidden)."""

    slope: Tensor
    w_hh: Tensor

    @property
    def size(self) -> int:
        return self.w_hh.shape[1]

    def jacobians(self) -> Tensor:
        return self.slope.mT * self.w_hh

    def jvp(self, tangents: Tensor) -> Tensor:
        return self.slope * (tangents @ self.w_hh.t())

    def vjp(self, cotangents: Tensor) -> Tensor:
        return (self.slope * cotangents) @ self.w_hh


class GRUSteps(NamedTuple):
    """``J = diag(z) + Σ_k diag(gain_k) U_k``, k over r, z, n.

    ``update``: z, (time, sample, 1, hidden).  ``gains``: three of that shape, of ∂h/∂a through each block of
    U, the reset gate in the candidate's.
    """

    update: Tensor
    gains: tuple[Tensor, ...]
    w_hh: Tensor

    @property
    def size(self) -> int:
        return self.w_hh.shape[1]

    def jacobians(self) -> Tensor:
        jacobians = _weighted_sum(self.gains, self.w_hh.chunk(3))
        _diagonal(jacobians).add_(self.update.squeeze(2))
        return jacobians

    def jvp(self, tangents: Tensor) -> Tensor:
        recurrent_gradient = self.update * tangents
        for gain, a in zip(self.gains, (tangents @ self.w_hh.t()).chunk(3, -1), strict=True):
            recurrent_gradient += gain * a
        return recurrent_gradient

    def vjp(self, cotangents: Tensor) -> Tensor:
        at_gates = torch.cat([gain * cotangents for gain in self.gains], -1)
        return at_gates @ self.w_hh + self.update * cotangents


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
        c_h.copy_(_weighted_sum(self.gains[:3], blocks))
        _diagonal(c_c).copy_(self.forget.squeeze(2))
        m_h = torch.addcmul(self.gains[3].mT * output, self.from_m.mT, c_h)
        if self.w_hr is None:
            h_h.copy_(m_h)
            _diagonal(h_c).copy_((self.from_m * self.forget).squeeze(2))
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


def _weighted_sum(gains: tuple[Tensor, ...], blocks: list[Tensor] | tuple[Tensor, ...]) -> Tensor:
    """``Σ_k diag(gain_k) U_k``: (time, sample, hidden, state)."""
    total = gains[0].mT * blocks[0]
    for gain, block in zip(gains[1:], blocks[1:], strict=True):
        total.addcmul_(gain.mT, block)
    return total


def _diagonal(matrices: Tensor) -> Tensor:
    """A view, (..., row), of the diagonals of (..., row, column)."""
    return torch.diagonal(matrices, dim1=-2, dim2=-1)

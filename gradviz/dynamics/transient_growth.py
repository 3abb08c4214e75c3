"""Transient growth: the largest norm of the powers of a matrix."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_ROUNDING = 1e-9
_MAX_POWER = 4096


def transient_growth(matrices: Tensor, *, spectral_radius: Tensor) -> tuple[Tensor, Tensor]:
    """Largest 2-norm of the powers of each matrix, including the 0th, and which power has it.

    Powers are computed until one of them, the m-th, has a norm of at most 1.  No later power can then exceed
    all earlier ones, since U^(q m + r) = (U^m)^q U^r.  So the maximum is exact, not a bound.

    Parameters
    ----------
    matrices : Tensor, shape (..., n, n), float64
    spectral_radius : Tensor, shape (...)
        Spectral radius of each matrix.

    Returns
    -------
    growth, power : Tensor, shape (...), float64
        +inf and NaN where the spectral radius is above 1.  Both are NaN where no power up to the 4096th has
        a norm of at most 1, which may happen if the spectral radius is close to 1.
    """
    flat = matrices.reshape(-1, *matrices.shape[-2:])
    found = [_of_one(m, float(radius)) for m, radius in zip(flat, spectral_radius.flatten(), strict=True)]
    growth, power = matrices.new_tensor(found).reshape(*matrices.shape[:-2], 2).unbind(-1)
    return growth, power


def _of_one(matrix: Tensor, radius: float) -> tuple[float, float]:
    if radius > 1 + _ROUNDING:
        return math.inf, math.nan
    best, at = 1.0, 0
    power = matrix
    for n in range(1, _MAX_POWER + 1):
        norm = float(torch.linalg.matrix_norm(power))  # Frobenius: cheap, and not below the 2-norm
        if norm > best:
            norm = float(torch.linalg.matrix_norm(power, ord=2))
        if norm > best * (1 + _ROUNDING):
            best, at = norm, n
        if norm <= 1 + _ROUNDING:
            return best, float(at)
        power = power @ matrix
    return math.nan, math.nan

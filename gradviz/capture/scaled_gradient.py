"""Gradients with a power of two beside them, for values beyond the float range."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

NEVER = -(2.0**40)  # the exponent of an exact zero, below every other


class ScaledGradient(NamedTuple):
    """The gradient ``values * 2**exponent``.

    ``values``: (..., sample, unit).  ``exponent``: (sample,) or (..., sample), float64.
    """

    values: Tensor
    exponent: Tensor

    def plus(self, other: ScaledGradient | None) -> ScaledGradient:
        """The sum, with the larger of the two magnitudes near 1."""
        if other is None:
            return self
        here, there = (gradient.exponent + binary_exponent(_largest(gradient)) for gradient in (self, other))
        exponent = torch.maximum(here, there)
        exponent = exponent.masked_fill(exponent < NEVER / 2, 0)
        return ScaledGradient(
            times_power_of_two(self.values, self.exponent - exponent)
            + times_power_of_two(other.values, other.exponent - exponent),
            exponent,
        )

    def with_added(self, other: ScaledGradient, at: tuple[Tensor, Tensor]) -> ScaledGradient:
        """The sum of (time, sample, unit) and, at one step of some samples, another: (sample, unit).

        ``at``: time and sample of what ``other`` is added to, whose samples are those of ``other``.
        """
        values, exponent = self.values.clone(), self.exponent.clone()
        both = ScaledGradient(values[at], exponent[at]).plus(
            ScaledGradient(other.values[at[1]], other.exponent[at[1]])
        )
        values[at], exponent[at] = both
        return ScaledGradient(values, exponent)

    def times(self, factor: Tensor) -> ScaledGradient:
        """Each value times a factor that broadcasts to the values."""
        return ScaledGradient(self.values * factor, self.exponent)


def unscaled(values: Tensor) -> ScaledGradient:
    """A gradient (..., sample, unit) with the exponent 0."""
    return ScaledGradient(values, torch.zeros(values.shape[-2], dtype=torch.float64, device=values.device))


def _largest(gradient: ScaledGradient) -> Tensor:
    """Largest magnitude of the values that share an exponent."""
    size = gradient.values.abs().amax(-1)
    shared = tuple(range(size.dim() - gradient.exponent.dim()))
    return size.amax(shared) if shared else size


def binary_exponent(largest: Tensor) -> Tensor:
    """The exponent e of each magnitude m: 2**(e-1) <= m < 2**e.

    Parameters
    ----------
    largest : Tensor, shape (...)
        Magnitudes, not negative.

    Returns
    -------
    Tensor, shape (...), float64
        ``NEVER`` for zero, 0 for values that are not finite.
    """
    exponent = torch.frexp(largest).exponent.double()
    exponent.masked_fill_(largest == 0, NEVER)
    return exponent.masked_fill_(~torch.isfinite(largest), 0)


def times_power_of_two(values: Tensor, exponent: Tensor) -> Tensor:
    """``values * 2**exponent``, exact unless the result leaves the float range.

    Parameters
    ----------
    values : Tensor, shape (..., sample, unit)
    exponent : Tensor, shape (sample,) or (..., sample), float64
    """
    largest = 1022 if values.dtype == torch.float64 else 126  # of one factor that is a normal number
    if not exponent.numel() or float(exponent.abs().max()) <= largest:
        return values * torch.exp2(exponent).to(values.dtype).unsqueeze(-1)
    exponent = exponent.clamp(-2 * largest, 2 * largest)
    half = (exponent / 2).floor()
    low = torch.exp2(half).to(values.dtype).unsqueeze(-1)
    high = torch.exp2(exponent - half).to(values.dtype).unsqueeze(-1)
    return (values * low).mul_(high)

"""Norms over units, and their log10: the number that is recorded for a gradient."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.launch_bound import values_at_once

LOG10_OF_2 = 0.30102999566398119521
# The square of a smaller value may leave the range of floats, and a norm would lose digits.
SQUARE_IN_RANGE = {torch.float32: 2.0**-45, torch.float64: 2.0**-480}

_SMALL = 2**12  # values; for more of them float64 costs more than a look at what float32 has given


def unit_norm(values: Tensor) -> Tensor:
    """2-norm over the last axis in float64, exact even if the squares are outside the float range.

    Parameters
    ----------
    values : Tensor, shape (..., unit)

    Returns
    -------
    Tensor, shape (...), float64
    """
    if values.dtype not in SQUARE_IN_RANGE:
        values = values.float()
    if values.dtype == torch.float32 and (values.numel() <= _SMALL or values.is_cuda):
        return torch.linalg.vector_norm(values, dim=-1, dtype=torch.float64)  # no square leaves its range
    norm = _fast_norm(values)
    wide = norm.double()
    if not norm.numel():
        return wide
    smallest, largest = map(float, torch.aminmax(norm))
    safe = SQUARE_IN_RANGE[norm.dtype]
    if not (smallest > safe and largest < 1 / safe):
        doubtful = ~((norm > safe) & (norm < 1 / safe))
        if 8 * int(doubtful.sum()) > doubtful.numel():  # many exact zeros, which are cheap to find
            doubtful &= values.abs().amax(-1) != 0
        wide[doubtful] = _careful_norm(values[doubtful].double())
    return wide


def _careful_norm(values: Tensor) -> Tensor:
    """2-norm over the last axis of float64, scaled by the largest value so that no square overflows."""
    largest = values.abs().amax(-1)
    unit = torch.where((largest > 0) & torch.isfinite(largest), largest, 1.0)
    return torch.linalg.vector_norm(values / unit.unsqueeze(-1), dim=-1) * unit


def _fast_norm(values: Tensor) -> Tensor:
    """2-norm over the last axis; summed in the order of memory if another axis is innermost there."""
    if values.stride(-1) == 1:
        return torch.linalg.vector_norm(values, dim=-1)
    last = values.dim() - 1
    order = sorted(range(values.dim()), key=values.stride, reverse=True)
    norm = _sum_of_squares(values.permute(order), order.index(last)).sqrt_()
    remaining = [axis for axis in order if axis != last]
    return norm.permute([remaining.index(axis) for axis in range(last)])


def _sum_of_squares(values: Tensor, axis: int) -> Tensor:
    """The squares summed over an axis, a few rows at once: they are still in the processor's cache then."""
    at_once = max(1, values_at_once(values.device) // max(1, values[:1].numel()))
    if axis == 0 or len(values) <= at_once:
        return torch.mul(values, values).sum(axis)
    rows = values.split(at_once)
    found = values.new_empty([size for dim, size in enumerate(values.shape) if dim != axis])
    squares = torch.empty_like(rows[0])
    for some, out in zip(rows, found.split(at_once), strict=True):
        torch.sum(torch.mul(some, some, out=squares[: len(some)]), axis, out=out)
    return found


def log10_norm(norm: Tensor, exponent: Tensor | None = None) -> Tensor:
    """log10 of ``norm * 2**exponent``: -inf where it is exactly 0, +inf where it is not finite.

    Parameters
    ----------
    norm : Tensor, shape (...), float64
    exponent : Tensor, float64, or None
        Broadcasts to the shape of ``norm``.
    """
    result = torch.log10(norm)
    if exponent is not None:
        result += exponent * LOG10_OF_2
    return result.masked_fill_(~torch.isfinite(norm), torch.inf)

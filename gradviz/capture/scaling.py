"""The adjoint recursion in scaled arithmetic, so that gradients go on far beyond float range.

The recursion is linear in the gradient.  It runs in blocks of time steps; before each block every
sequence is rescaled by a power of two, which costs no precision, so that its largest value is near 1,
and the power is carried beside it.  A block whose gradient leaves a comfortable range on the way is
done again as two shorter ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gradviz.cells.layout import Block, CellReplay

LONGEST_BLOCK = 16
COMFORT = 30  # binary orders of magnitude that a block may rise or fall from its start
LOG10_OF_2 = 0.30102999566398119521
_NEVER = -(2**40)  # exponent of an exact zero: below every other


class ScaledBlock(NamedTuple):
    """Gradients of one block of time steps; the true ones are 2**exponent times these.

    ``first``, ``stop``: the time steps.  ``exponent``: (sample,), float64.  ``grad_h``: (time, sample,
    hidden), total.  ``norm_h``, ``norm_c``: (time, sample), 2-norms over units, ``norm_c`` None without
    a cell state.  ``carry_in``: what the later steps brought into the block, in the same scale.
    """

    first: int
    stop: int
    exponent: Tensor
    grad_h: Tensor
    norm_h: Tensor
    norm_c: Tensor | None
    rest: Block
    carry_in: tuple[Tensor, ...]


def binary_exponent(values: Tensor) -> Tensor:
    """Exponent e of the largest magnitude in each row: 2**(e-1) <= it < 2**e.

    Parameters
    ----------
    values : Tensor, shape (..., unit)

    Returns
    -------
    Tensor, shape (...), float64
        ``_NEVER`` for a row of zeros, 0 for a row that is not finite.
    """
    largest = values.abs().amax(-1)
    exponent = torch.frexp(largest).exponent.double()
    exponent.masked_fill_(largest == 0, _NEVER)
    return exponent.masked_fill_(~torch.isfinite(largest), 0)


def times_power_of_two(values: Tensor, exponent: Tensor) -> Tensor:
    """``values * 2**exponent``, exact unless the result leaves the float range.

    Parameters
    ----------
    values : Tensor, shape (..., sample, unit)
    exponent : Tensor, shape (sample,), float64
    """
    widest = 2044 if values.dtype == torch.float64 else 252
    exponent = exponent.clamp(-widest, widest)
    half = (exponent / 2).floor()  # in two factors, since one alone may leave the range itself
    low = torch.exp2(half).to(values.dtype).unsqueeze(-1)
    high = torch.exp2(exponent - half).to(values.dtype).unsqueeze(-1)
    return values * low * high


class _Scaled(NamedTuple):
    """What the later steps bring: 2**exponent times ``carry``."""

    carry: tuple[Tensor, ...]
    exponent: Tensor


def scaled_blocks(
    replay: CellReplay, direct: Tensor | None, grad_c_last: Tensor | None
) -> Iterator[ScaledBlock]:
    """Total gradients of every time step, the last block first.

    Parameters
    ----------
    replay : CellReplay
    direct : Tensor, shape (time, sample, hidden), or None
        Direct gradient of every state; None where nothing arrives from above.
    grad_c_last : Tensor, shape (sample, hidden), or None
        Gradient that enters an LSTM through c_n.

    Yields
    ------
    ScaledBlock
        Contiguous blocks from the last step down to the first.  Their arrays may be used again for the
        next block: take what is needed before going on.
    """
    stop = len(replay.h)
    unscaled = torch.zeros(replay.h.shape[1], dtype=torch.float64, device=replay.h.device)
    later = _Scaled(replay.first_carry(grad_c_last), unscaled)
    length = LONGEST_BLOCK
    while stop > 0:
        first = max(0, stop - length)
        block = _run_block(replay, direct, later, first, stop)
        comfortable = _is_comfortable(block)
        if not comfortable and stop - first > 1:
            length = (stop - first) // 2
            continue
        yield block
        later, stop = _Scaled(block.rest.carry, block.exponent), first
        if comfortable:
            length = min(LONGEST_BLOCK, 2 * length)


def _run_block(
    replay: CellReplay, direct: Tensor | None, later: _Scaled, first: int, stop: int
) -> ScaledBlock:
    arriving = [later.exponent + binary_exponent(part) for part in later.carry]
    if direct is not None:
        arriving.append(binary_exponent(direct[stop - 1]))
    new_exponent = torch.stack(arriving).amax(0)
    new_exponent.masked_fill_(new_exponent < _NEVER / 2, 0)  # nothing has arrived yet

    carry = tuple(times_power_of_two(part, later.exponent - new_exponent) for part in later.carry)
    if direct is None:
        grad_h = replay.h.new_zeros(stop - first, *replay.h.shape[1:])
    else:
        grad_h = times_power_of_two(direct[first:stop], -new_exponent)
    rest = replay.run_block(first, stop, grad_h, carry)
    norm_c = None if rest.grad_c is None else unit_norm(rest.grad_c)
    return ScaledBlock(first, stop, new_exponent, grad_h, unit_norm(grad_h), norm_c, rest, carry)


def _is_comfortable(block: ScaledBlock) -> bool:
    size = block.norm_h if block.norm_c is None else torch.maximum(block.norm_h, block.norm_c)
    too_small = (size < 2.0**-COMFORT) & (size > 0)
    return not bool((too_small | ~(size < 2.0**COMFORT)).any())


def unit_norm(values: Tensor) -> Tensor:
    """2-norm over the last axis in float64, where the square of a float32 cannot underflow."""
    return torch.linalg.vector_norm(values, dim=-1, dtype=torch.float64)


def log10_norm(norm: Tensor, exponent: Tensor | None = None) -> Tensor:
    """log10 of ``norm * 2**exponent``: -inf where it is exactly 0, +inf where it is not finite.

    Parameters
    ----------
    norm : Tensor, shape (time, sample, ...)
    exponent : Tensor, shape (sample,), or None
    """
    result = torch.log10(norm)
    if exponent is not None:
        result += (exponent * LOG10_OF_2).view(-1, *[1] * (norm.dim() - 2))
    return result.masked_fill_(~torch.isfinite(norm), torch.inf)

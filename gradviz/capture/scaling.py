"""The adjoint recursion in scaled arithmetic, which reaches far beyond the float range.

The recursion is linear in the gradient.  It runs in blocks of time steps.  Before each block every sequence
is scaled by a power of two, which is exact, so that its largest value is near 1; the exponent is kept
beside it.  A block ends at the step at which the gradient of some sequence leaves a safe range; there the
next block begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

import torch
from torch import Tensor

from gradviz.capture.log10_norm import SQUARE_IN_RANGE, unit_norm
from gradviz.capture.scaled_gradient import NEVER, binary_exponent, times_power_of_two
from gradviz.capture.upstream_gradient import UpstreamGradient
from gradviz.cells.launch_bound import is_launch_bound
from gradviz.cells.layout import Block, CellReplay, LayerReplay

LONGEST_BLOCK = 128
_LONGEST_LAUNCH_BOUND, _LARGEST_LAUNCH_BOUND = 1024, 2**21  # steps, and values of a state in them
MARGIN = 36  # the largest unit's gradient must stay this many binary orders away from the float limits
SAFE_RANGE = 40  # binary orders of magnitude that a block may rise or fall from its start


class ScaledBlock(NamedTuple):
    """Gradients of one block of time steps; the true ones are 2**exponent times these.

    ``first``, ``stop``: the time steps.  ``exponent``: (sample,), float64.  ``norm_h``, ``norm_c``: (time,
    sample), 2-norms over units of the total gradients, ``norm_c`` None without a cell state.  ``carry_in``:
    gradient that the later steps brought into the block, in the same scale.
    """

    first: int
    stop: int
    exponent: Tensor
    norm_h: Tensor
    norm_c: Tensor | None
    rest: Block
    carry_in: tuple[Tensor, ...]


def scaled_blocks(replay: CellReplay, upstream: UpstreamGradient) -> Iterator[ScaledBlock]:
    """Total gradients of every time step, in blocks, the last block first.

    A known total gradient is used as long as it has all its digits; once it comes near the end of the float
    range, the recursion continues without it.

    Parameters
    ----------
    replay : CellReplay
    upstream : UpstreamGradient

    Yields
    ------
    ScaledBlock
        Contiguous blocks from the last step down to the first.  Their arrays may be reused for the next
        block: copy what is needed before continuing.
    """
    stop, samples = replay.h.shape[:2]
    known_from = stop if upstream.total_h is None else _first_with_all_digits(upstream)
    entered = _where_something_enters(upstream)
    carry = replay.nothing_carried()
    exponent = torch.zeros(samples, dtype=torch.float64, device=replay.h.device)
    length = longest = _longest_block(replay.h)
    while stop > 0:
        known = stop > known_from
        first = max(known_from if known else 0, stop - length)
        here = upstream if known else upstream._replace(total_h=None)
        block, not_finite = _run_block(replay, here, (carry, exponent), first, stop)
        cut = _last_out_of_range(block, not_finite, entered)
        if cut >= first:
            block = _without_steps_before(block, min(cut + 1, stop - 1))
        yield block
        length = min(longest, 2 * (block.stop - block.first))
        carry, exponent, stop = block.rest.carry(0), block.exponent, block.first


def _longest_block(states: Tensor) -> int:
    """Steps of a block at most; more where each operation costs a launch, whatever its size."""
    if not is_launch_bound(states.device):
        return LONGEST_BLOCK
    fit = _LARGEST_LAUNCH_BOUND // max(1, states[0].numel())
    return max(LONGEST_BLOCK, min(_LONGEST_LAUNCH_BOUND, fit))


def _first_with_all_digits(upstream: UpstreamGradient) -> int:
    """First step after which every known total is well within the float range, or none has arrived yet.

    A total that a direct gradient went into which was not within the range itself does not count.
    """
    total, direct = upstream.total_h, upstream.h
    if total is None:
        raise ValueError("there is no known total")
    if direct is None or upstream.trained_with is None:
        norm = torch.linalg.vector_norm(total, dim=-1)  # a third of the time of what follows
        smallest, largest = map(float, torch.aminmax(norm))
        if smallest > SQUARE_IN_RANGE[norm.dtype] and largest < 1 / SQUARE_IN_RANGE[norm.dtype]:
            return 0
    size = total.abs().amax(-1)
    untouched = (size == 0).flip(0).cumprod(0).flip(0) == 1
    is_right = _is_well_in_range(size, total.dtype) | untouched
    if direct is not None and upstream.trained_with is not None:
        is_right &= _is_well_in_range(upstream.trained_with, total.dtype) | ~(direct != 0).any(-1)
    others = (~is_right).any(1).nonzero()
    return int(others[-1]) + 1 if len(others) else 0


def _is_well_in_range(size: Tensor, dtype: torch.dtype) -> Tensor:
    range_of = torch.finfo(dtype)
    return (size > range_of.tiny * 2.0**MARGIN) & (size < range_of.max * 2.0**-MARGIN)


def _where_something_enters(upstream: UpstreamGradient) -> Tensor | None:
    """Where a direct gradient is not zero, (time, sample); None if all of them are plain floats.

    In the scale of a block, a gradient with an exponent of its own may be zero though it is not.
    """
    if upstream.exponent_h is None and upstream.exponent_c is None:
        return None
    parts = [(part != 0).any(-1) for part in (upstream.h, upstream.c) if part is not None]
    return torch.stack(parts).any(0)


def _run_block(
    replay: CellReplay,
    upstream: UpstreamGradient,
    later: tuple[tuple[Tensor, ...], Tensor],
    first: int,
    stop: int,
) -> tuple[ScaledBlock, Tensor]:
    """One block, and which sequences are not finite at its start; ``later``: carry and its exponent."""
    carry, exponent = later
    known = upstream.total_h is not None
    sources = (
        (upstream.total_h, None) if known else (upstream.h, upstream.exponent_h),
        (upstream.c, upstream.exponent_c),
    )
    parts, own_exponents = list(carry), [exponent] * len(carry)
    for part, own in sources:
        if part is not None:
            parts.append(part[stop - 1])
            own_exponents.append(torch.zeros_like(exponent) if own is None else own[stop - 1])
    largest = torch.stack([part.abs().amax(-1) for part in parts])
    new_exponent = (torch.stack(own_exponents) + binary_exponent(largest)).amax(0)
    new_exponent.masked_fill_(new_exponent < NEVER / 2, 0)  # nothing has arrived yet

    carry = tuple(times_power_of_two(part, exponent - new_exponent) for part in carry)
    grad_h, direct_c = (
        None
        if part is None
        else times_power_of_two(
            part[first:stop], -new_exponent if own is None else own[first:stop] - new_exponent
        )
        for part, own in sources
    )
    if grad_h is None:
        grad_h = replay.h.new_zeros(stop - first, *replay.h.shape[1:])
    advance = cast("LayerReplay", replay).run_block_from_totals if known else replay.run_block
    rest = advance(first, stop, grad_h, direct_c, carry)
    norm_c = None if rest.grad_c is None else unit_norm(rest.grad_c)
    block = ScaledBlock(first, stop, new_exponent, unit_norm(rest.grad_h), norm_c, rest, carry)
    return block, ~torch.isfinite(largest).all(0)


def _last_out_of_range(block: ScaledBlock, not_finite: Tensor, entered: Tensor | None) -> int:
    """The last time step with a gradient too small or too large for the scale; -1 if there is none."""
    size = block.norm_h if block.norm_c is None else torch.maximum(block.norm_h, block.norm_c)
    is_zero = size == 0
    if entered is not None:
        is_zero &= ~entered[block.first : block.stop]
    in_range = ((size > 2.0**-SAFE_RANGE) & (size < 2.0**SAFE_RANGE)) | is_zero | not_finite
    steps = (~in_range.all(1)).nonzero()
    return block.first + int(steps[-1]) if len(steps) else -1


def _without_steps_before(block: ScaledBlock, first: int) -> ScaledBlock:
    here = slice(first - block.first, None)
    return block._replace(
        first=first,
        norm_h=block.norm_h[here],
        norm_c=None if block.norm_c is None else block.norm_c[here],
        rest=block.rest.since(first - block.first),
    )

"""Recurrences on devices on which a loop over time costs a kernel launch for each step and operation."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.workspace import IN_CACHE

LAUNCH_BOUND = frozenset({"cuda", "xpu", "mps"})
_WITHOUT_FLOAT64 = frozenset({"mps"})
_AT_ONCE = 2**22  # values, 32 MiB of them in float64
_MOST = 2**24  # values that are looked at by one operation


def is_launch_bound(device: torch.device) -> bool:
    """Whether a loop over time is slow there, compared with what each step computes."""
    return device.type in LAUNCH_BOUND


def can_scan(device: torch.device) -> bool:
    """Whether `scan` should be used there in place of a loop: it is fast, and its sums have enough digits."""
    return is_launch_bound(device) and device.type not in _WITHOUT_FLOAT64


def values_at_once(device: torch.device) -> int:
    """So many values are looked at by one operation: few on a processor with a cache, else many."""
    return _MOST if is_launch_bound(device) else IN_CACHE


def scan(factors: Tensor, terms: Tensor, *, reverse: bool = False) -> None:
    """Replace ``terms`` by ``x``, where ``x[t + 1] = factors[t] * x[t] + terms[t + 1]``, elementwise.

    It takes a number of operations that grows with the logarithm of the length, and computes in float64,
    since a product of many factors leaves the range of float32 sooner than ``x`` does.

    Parameters
    ----------
    factors : Tensor, shape (time - 1, ...)
    terms : Tensor, shape (time, ...)
        Overwritten.
    reverse : bool
        Begin with the last: ``x[t] = factors[t] * x[t + 1] + terms[t]``.

    References
    ----------
    Hillis and Steele (1986), 'Data parallel algorithms'.
    """
    steps = len(terms)
    at_once = max(2, _AT_ONCE // max(1, terms[0].numel()))
    starts = range(0, max(1, steps - 1), at_once - 1)  # a block begins with the step at which the last ended
    for first in reversed(starts) if reverse else starts:
        stop = min(first + at_once, steps)
        x, f = terms[first:stop].double(), factors[first : stop - 1].double()
        terms[first:stop] = _doubled(f.flip(0), x.flip(0)).flip(0) if reverse else _doubled(f, x)


def _doubled(f: Tensor, x: Tensor) -> Tensor:
    """The recurrence of one block; in every round each value takes in twice as many before it."""
    apart = 1
    while apart < len(x):
        x = torch.cat([x[:apart], torch.addcmul(x[apart:], f, x[:-apart])])
        f = f[apart:] * f[:-apart]
        apart *= 2
    return x

"""The common 2-norm of many tensors, also where the squares leave the range of their dtype."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

_SAFE = (1e-15, 1e18)  # norms whose squares float32 can add up


def joint_norm(tensors: Iterable[Tensor]) -> float:
    """2-norm of all elements of all tensors; 0 if there are none.

    Parameters
    ----------
    tensors : iterable of Tensor
        Floating-point or complex numbers of any shape, device and layout.

    Returns
    -------
    float
        Infinite or NaN only if an element is, or the norm is beyond float64.
    """
    parts = [_values(tensor) for tensor in tensors]
    groups: dict[tuple[torch.device, torch.dtype], list[int]] = {}
    for number, part in enumerate(parts):
        groups.setdefault((part.device, _accurate(part.dtype)), []).append(number)
    norms = []
    for (_, dtype), members in groups.items():
        found = torch.stack([torch.linalg.vector_norm(parts[number], dtype=dtype) for number in members])
        for number, norm in zip(members, found.tolist(), strict=True):  # one wait for each device
            is_safe = dtype == torch.float64 or _SAFE[0] < norm < _SAFE[1]
            norms.append(norm if is_safe else _scaled_norm(parts[number], dtype))
    if any(math.isnan(norm) for norm in norms):
        return math.nan
    return math.hypot(*norms)


def is_not_zero(gradient: Tensor | None) -> bool:
    """Whether there is a gradient, and any element of it is not zero.

    Parameters
    ----------
    gradient : Tensor or None

    Returns
    -------
    bool
    """
    return gradient is not None and joint_norm([gradient]) != 0


def _values(tensor: Tensor) -> Tensor:
    """All stored values, real; an element of a sparse tensor that is stored twice is their sum."""
    tensor = tensor.detach()
    if tensor.layout == torch.sparse_coo:
        tensor = tensor.coalesce().values()
    elif tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def _accurate(dtype: torch.dtype) -> torch.dtype:
    return dtype if dtype == torch.float64 else torch.float32


def _scaled_norm(values: Tensor, dtype: torch.dtype) -> float:
    """The norm of values relative to the largest one."""
    if not values.numel():
        return 0.0
    largest = float(values.abs().max())
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * float(torch.linalg.vector_norm(values.to(dtype) / largest))

"""Arrays that are reused at the next step as long as their shapes stay the same."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Workspace:
    """Named arrays that are reused: a fresh page of memory costs as much as the arithmetic on it.

    ``take`` returns the memory last taken under the same name if it is large enough, with its old contents;
    so two users of one name must not be active at the same time.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device):
        self.dtype = dtype
        self.device = device
        self._arrays: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """An uninitialised array of ``shape``, in the memory last taken under this name if that suffices."""
        size = math.prod(shape)
        carry_gradient = self._arrays.get(name)
        if carry_gradient is None or len(carry_gradient) < size:
            carry_gradient = self._arrays[name] = torch.empty(size, dtype=self.dtype, device=self.device)
        return carry_gradient[:size].view(shape)

    def like(self, name: str, values: Tensor) -> Tensor:
        """An uninitialised array of the shape and the layout of ``values``, which must be dense."""
        return self.take(name, values.numel()).as_strided(values.shape, values.stride())

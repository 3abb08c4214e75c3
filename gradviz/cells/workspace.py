"""Arrays that are used again at the next step while their shapes stay the same."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Workspace:
    """A drawer of named arrays.  A fresh page of memory costs as much as the arithmetic on it.

    ``take`` gives the memory last given under the same name if it is large enough, with whatever it
    held; so two users of one name must not be alive at once.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device):
        self.dtype = dtype
        self.device = device
        self._drawer: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """An uninitialised array of ``shape``, in the memory last taken under this name if that will do."""
        size = math.prod(shape)
        carry_gradient = self._drawer.get(name)
        if carry_gradient is None or len(carry_gradient) < size:
            carry_gradient = self._drawer[name] = torch.empty(size, dtype=self.dtype, device=self.device)
        return carry_gradient[:size].view(shape)

    def like(self, name: str, values: Tensor) -> Tensor:
        """An uninitialised array of the shape and the layout of ``values``, which must be dense."""
        return self.take(name, values.numel()).as_strided(values.shape, values.stride())

"""Arrays that are used again at the next step while their shapes stay the same."""

from __future__ import annotations

import torch
from torch import Tensor


class Workspace:
    """A drawer of named arrays.  A fresh page of memory costs as much as the arithmetic on it.

    ``take`` gives the array last given under the same name if it has the right shape, with whatever it
    held; so two users of one name must not be alive at once.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device):
        self.dtype = dtype
        self.device = device
        self._drawer: dict[str, Tensor] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """An uninitialised array of ``shape``; the last one of this name if that fits."""
        kept = self._drawer.get(name)
        if kept is None or kept.shape != shape:
            kept = self._drawer[name] = torch.empty(shape, dtype=self.dtype, device=self.device)
        return kept

"""Arrays that are reused at the next step as long as their shapes stay the same."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

IN_CACHE = 2**17  # values, half a megabyte of them: they stay in a processor's cache between two passes
_MOST_KEPT = 64


class Workspace:
    """Named arrays that are reused: a fresh page of memory costs as much as the arithmetic on it.

    ``take`` returns the memory last taken under the same name if it is large enough, with its old contents;
    so two users of one name must not be active at the same time.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device):
        self.dtype = dtype
        self.device = device
        self._arrays: dict[str, Tensor] = {}
        self._views: dict[str, tuple[tuple[int, ...], Tensor]] = {}  # the last one of each array
        self._steps: dict[tuple[object, ...], tuple[Tensor, ...]] = {}
        self._modules: dict[tuple[object, ...], nn.RNNBase] = {}

    def take(self, name: str, *shape: int) -> Tensor:
        """An uninitialised array of ``shape``, in the memory last taken under this name if that suffices."""
        last = self._views.get(name)
        if last is not None and last[0] == shape:
            return last[1]
        size = math.prod(shape)
        array = self._arrays.get(name)
        if array is None or array.numel() < size:
            self._steps.clear()  # they may hold the memory that is given up here
            array = self._arrays[name] = torch.empty(size, dtype=self.dtype, device=self.device)
        view = array[:size].view(shape)
        self._views[name] = shape, view
        return view

    def module(self, key: tuple[object, ...], make: Callable[[], nn.RNNBase]) -> nn.RNNBase:
        """A module that is made once; its weights are those that were last written into it."""
        if key not in self._modules:
            self._modules[key] = make()
        return self._modules[key]

    def like(self, name: str, values: Tensor) -> Tensor:
        """An uninitialised array of the shape and the layout of ``values``, which must be dense."""
        return self.take(name, values.numel()).as_strided(values.shape, values.stride())

    def steps(self, values: Tensor) -> tuple[Tensor, ...]:
        """``values.unbind(0)``, kept for the next time: to make a view costs as much as a small product.

        ``values`` is an array of this workspace or a view of one.
        """
        key = values.data_ptr(), values.shape, values.stride()
        found = self._steps.get(key)
        if found is None:
            if len(self._steps) >= _MOST_KEPT:
                self._steps.clear()
            found = self._steps[key] = values.unbind(0)
        return found

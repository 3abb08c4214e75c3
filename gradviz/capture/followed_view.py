"""How a view sees its base, so that the gradient at the base can be seen through the same view.

A view that is taken only to be observed, such as ``state[0]`` of a packed state, is used by nothing: the loop
goes on with its base, and the gradient arrives there.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from gradviz.capture.private_torch import base_of


class View(NamedTuple):
    """A view, by its place in the memory of its base.

    ``size``, ``stride``, ``offset``: of the view; the offset is from the first element of the base.
    ``as_real``: whether the base is complex and the view is not; all of them then count real numbers.
    ``base_size``, ``base_stride``: of the base.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    as_real: bool
    base_size: tuple[int, ...]
    base_stride: tuple[int, ...]

    def first_rows(self) -> range | None:
        """The row of the base, flattened to (row, unit), of each row of the view; None if it has others."""
        units = self.base_size[-1] if self.base_size else 0
        is_dense = self.base_stride == torch.empty(self.base_size, device="meta").stride()
        if self.as_real or not units or not is_dense or self.size[-1] != units or self.stride[-1] != 1:
            return None
        step = self.stride[0] if len(self.size) > 1 else units
        if self.offset % units or step % units:
            return None
        count = self.size[0] if len(self.size) > 1 else 1
        return range(self.offset // units, self.offset // units + count * (step // units), step // units)


def view_of(tensor: Tensor) -> tuple[Tensor, View] | None:
    """The base of a view through which its gradient can be seen; None for any other tensor.

    That is not possible for a view that repeats elements (``expand``): the gradient of its base is a sum.
    """
    base = base_of(tensor)
    if base is None or not base.requires_grad or not _is_plain(tensor) or not _is_plain(base):
        return None
    as_real = base.is_complex() and not tensor.is_complex()
    if _repeats(tensor) or (not as_real and base.dtype != tensor.dtype):
        return None
    real = torch.view_as_real(base.detach()) if as_real else base
    return base, View(
        tuple(tensor.shape),
        tensor.stride(),
        int(tensor.storage_offset()) - int(real.storage_offset()),
        as_real,
        tuple(real.shape),
        real.stride(),
    )


def _is_plain(tensor: Tensor) -> bool:
    return tensor.layout == torch.strided and not tensor.is_conj() and not tensor.is_neg()


def _repeats(tensor: Tensor) -> bool:
    """Whether two elements may share their place in memory."""
    reach = 0
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size > 1:
            if stride <= reach:
                return True
            reach += stride * (size - 1)
    return False


class BaseGradient:
    """The gradient that has arrived at a base, laid out like it in memory once for all of its views."""

    def __init__(self, gradient: Tensor):
        self._gradient = gradient
        self._laid_out: dict[bool, Tensor] = {}

    def seen_through(self, view: View | None) -> Tensor:
        """The gradient at a view; without one, at the base itself."""
        if view is None:
            return self._gradient
        if view.as_real not in self._laid_out:
            self._laid_out[view.as_real] = self._like_base(view)
        found = self._laid_out[view.as_real]
        return found.as_strided(view.size, view.stride, int(found.storage_offset()) + view.offset)

    def _like_base(self, view: View) -> Tensor:
        gradient = self._gradient
        if view.as_real:
            gradient = torch.view_as_real(gradient.resolve_conj())
        if gradient.stride() == view.base_stride:
            return gradient
        return gradient.new_empty_strided(view.base_size, view.base_stride).copy_(gradient)

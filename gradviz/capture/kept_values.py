"""Copies of tensors that no later change by the model can reach, also of those of an inference mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gradviz.capture.private_torch import version
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Weights


def kept(values: Tensor) -> Tensor:
    """A detached copy that is a normal tensor, even in ``torch.inference_mode``."""
    with torch.inference_mode(False), torch.no_grad():
        return values.detach().clone()


class _Seen(NamedTuple):
    """A tensor when it was copied; its memory is kept, so that no other tensor can take its place."""

    memory: Tensor
    version: int | None  # None for a tensor of an inference mode, which may change without a trace

    def is_unchanged(self, now: Tensor) -> bool:
        return (
            self.version is not None
            and self.memory.data_ptr() == now.data_ptr()
            and (self.memory.shape, self.memory.stride()) == (now.shape, now.stride())
            and self.version == _version(now)
        )


class KeptWeights:
    """Copies of the weights of calls, because the model may change them before they are used.

    Calls with equal weights share a copy.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, int, int], tuple[list[_Seen | None], Weights]] = {}

    def of(
        self,
        spec: CellSpec,
        weights: Sequence[Tensor | None],
        *,
        name: str,
        layer: int = 0,
        direction: int = 0,
    ) -> Weights:
        """A copy of the weights of one layer and direction of the module called ``name``."""
        place = name, layer, direction
        seen, copied = self._last.get(place, (None, None))
        if copied is not None and seen is not None and all(map(_is_unchanged, seen, weights)):
            return copied
        now = spec.weights(*(None if w is None else w.detach() for w in weights))
        if copied is None or not all(map(_are_equal, copied, now)):
            copied = spec.weights(*(None if w is None else kept(w) for w in weights))
        seen = [None if w is None else _Seen(w.detach(), _version(w)) for w in weights]
        self._last[place] = seen, copied
        return copied

    def clear(self) -> None:
        self._last.clear()


def _version(tensor: Tensor) -> int | None:
    return None if tensor.is_inference() else version(tensor)


def _is_unchanged(seen: _Seen | None, now: Tensor | None) -> bool:
    return now is None if seen is None else now is not None and seen.is_unchanged(now)


def _are_equal(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and one.dtype == other.dtype and torch.equal(one, other)

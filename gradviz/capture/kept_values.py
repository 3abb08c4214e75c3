"""Copies of tensors that no later change by the model can reach, also of those of an inference mode."""

from __future__ import annotations

import torch
from torch import Tensor

from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.layout import Weights


def kept(values: Tensor) -> Tensor:
    """A detached copy that is a normal tensor, even in ``torch.inference_mode``."""
    with torch.inference_mode(False), torch.no_grad():
        return values.detach().clone()


class KeptWeights:
    """Copies of the weights of calls; calls with equal weights share one."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, int, int], Weights] = {}

    def of(
        self,
        spec: CellSpec,
        weights: tuple[Tensor | None, ...],
        *,
        name: str,
        layer: int = 0,
        direction: int = 0,
    ) -> Weights:
        """A copy of the weights of one layer and direction of the module called ``name``."""
        place = name, layer, direction
        now = spec.weights(*(None if w is None else w.detach() for w in weights))
        last = self._last.get(place)
        if last is None or not _are_equal(last, now):
            last = self._last[place] = spec.weights(*(None if w is None else kept(w) for w in now))
        return last

    def clear(self) -> None:
        self._last.clear()


def _are_equal(one: Weights, other: Weights) -> bool:
    return all(
        (a is None) is (b is None)
        and (a is None or b is None or (a.shape == b.shape and a.dtype == b.dtype and torch.equal(a, b)))
        for a, b in zip(one, other, strict=True)
    )

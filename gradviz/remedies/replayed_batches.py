"""The batches of a training, kept so that every copy of a model gets the same ones in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from gradviz.remedies.seeded import RandomStream
from gradviz.remedies.training_case import WHAT_TO_RETURN, NoTraining

MOST_BYTES = 2**30  # of the batches that are kept


class ReplayedBatches:
    """Batches by the number of the training step.

    Where they end, they begin again: a data loader is asked for another epoch, and what a generator has given
    is used again. They are asked for one by one, so they need not end. Where they are drawn at random, the
    numbers go on from where the global generators are now, apart from what else draws from these.

    Parameters
    ----------
    batches : iterable of pairs ``(inputs, targets)``
    device : torch.device
        Where the tensors are needed.

    Attributes
    ----------
    ended_after : int or None
        How many batches there are, if they can be gone through only once and have ended.
    full_after : int or None
        How many batches are kept, if they need so much memory that further ones are not asked for.

    Raises
    ------
    NoTraining
        When a batch is asked for: if there is none at all, or it is not a pair.
    """

    def __init__(self, batches: Iterable[Any], device: torch.device):
        self._batches, self._device = batches, device
        self._kept: list[Any] = []
        self._bytes = 0
        self._random = RandomStream()
        self._epoch: Iterator[Any] | None = None
        self.ended_after: int | None = None
        self.full_after: int | None = None

    def __getitem__(self, step: int) -> tuple[Any, Any]:
        """Inputs and targets of a training step, copied so that a model may change them in place."""
        while step >= len(self._kept) and self.ended_after is None and self.full_after is None:
            with self._random.drawn_from():
                self._keep_another()
        inputs, targets = self._kept[step % len(self._kept)]
        return _copied(inputs, self._device), _copied(targets, self._device)

    def _keep_another(self) -> None:
        if self._epoch is None:
            self._epoch = iter(self._batches)
        found = next(self._epoch, self)
        if found is self and self._kept and not isinstance(self._batches, Iterator):
            self._epoch = iter(self._batches)
            found = next(self._epoch, self)
        if found is self:
            if not self._kept:
                raise NoTraining(
                    "the batches are empty: the list or the data loader holds none, or the generator has "
                    "been used up before; the factory must make it anew"
                )
            self.ended_after = len(self._kept)
            return
        pair = _pair(found)
        if isinstance(self._batches, (list, tuple)):  # which are in memory already
            self._kept.append(pair)
        else:
            self._kept.append(_copied(pair))  # the next batch may be written to the same memory
            self._bytes += _size(found)
            if self._bytes > MOST_BYTES:
                self.full_after = len(self._kept)


def _pair(batch: Any) -> tuple[Any, Any]:
    if not isinstance(batch, (tuple, list)) or isinstance(batch, PackedSequence) or len(batch) != 2:
        got = type(batch).__name__
        if isinstance(batch, (tuple, list)) and not isinstance(batch, PackedSequence):
            got = f"{got} of {len(batch)}"
        raise NoTraining(
            f"a batch is a {got} and must be a pair (inputs, targets); inputs may be a tuple of all that the "
            f"model takes; {WHAT_TO_RETURN}"
        )
    return batch[0], batch[1]


def _copied(value: Any, device: torch.device | None = None) -> Any:
    """A copy on a device, by default on that of each tensor."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, Tensor):
        return value.detach().to(device, copy=True)
    if isinstance(value, PackedSequence):
        return value._replace(data=value.data.detach().to(device, copy=True))
    if isinstance(value, Mapping):
        return {name: _copied(part, device) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [_copied(part, device) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def _size(value: Any) -> int:
    """Bytes of the tensors in a batch."""
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, (tuple, list)) else 0

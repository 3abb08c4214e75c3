"""Where a model's parameters lie and what numbers they are: batches are put there too."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from gradviz.training.carry import State


class Placement(NamedTuple):
    """Device and type of a model's parameters.

    Examples
    --------
    >>> import torch
    >>> from gradviz.training.placement import Placement
    >>> place = Placement.of(torch.nn.Linear(2, 1).double())
    >>> place(torch.zeros(3, 2)).dtype, place(torch.zeros(3, dtype=torch.int64)).dtype
    (torch.float64, torch.int64)
    """

    device: torch.device
    dtype: torch.dtype

    @classmethod
    def of(cls, model: nn.Module) -> Placement:
        """That of the model's first parameter."""
        first = next(model.parameters())
        return cls(first.device, first.dtype)

    def __call__(self, batch: Any) -> Any:
        """Inputs or targets on the device; numbers with a fraction get the type of the parameters.

        Parameters
        ----------
        batch : Tensor or PackedSequence
            Whole numbers, as classes or characters, keep their type.
        """
        values = batch.data if isinstance(batch, PackedSequence) else batch
        if values.is_floating_point():
            return batch.to(device=self.device, dtype=self.dtype)
        return batch.to(device=self.device)

    def state(self, state: State) -> State:
        """A carried state on the device."""
        if state is None or isinstance(state, Tensor):
            return None if state is None else state.to(self.device)
        return tuple(part.to(self.device) for part in state)

"""The recurrent state that truncated backpropagation through time carries from step to step."""

from __future__ import annotations

import torch
from torch import Tensor

State = Tensor | tuple[Tensor, ...] | None


def detached(state: State) -> State:
    """The same numbers without their history: where the gradient is cut.

    Parameters
    ----------
    state : Tensor, tuple of Tensor or None
        h of an RNN or GRU, (h, c) of an LSTM, each of shape (layer * direction, batch, hidden).
    """
    if state is None or isinstance(state, Tensor):
        return None if state is None else state.detach()
    return tuple(part.detach() for part in state)


def on_device(state: State, device: torch.device) -> State:
    """The state where the model is."""
    if state is None or isinstance(state, Tensor):
        return None if state is None else state.to(device)
    return tuple(part.to(device) for part in state)

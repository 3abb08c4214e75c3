"""The recurrent state that truncated backpropagation through time carries from one step to the next."""

from __future__ import annotations

from torch import Tensor

State = Tensor | tuple[Tensor, ...] | None


def detached(state: State) -> State:
    """The state without its autograd history, so that no gradient passes to earlier steps.

    Parameters
    ----------
    state : Tensor, tuple of Tensor or None
        h of an RNN or GRU, (h, c) of an LSTM, each of shape (layer * direction, batch, hidden).

    Returns
    -------
    Tensor, tuple of Tensor or None
        The same values.

    Examples
    --------
    >>> import torch
    >>> from gradviz.training.carry import detached
    >>> h = torch.zeros(1, 3, 4, requires_grad=True) * 2
    >>> h.requires_grad, detached(h).requires_grad
    (True, False)
    """
    if state is None or isinstance(state, Tensor):
        return None if state is None else state.detach()
    return tuple(part.detach() for part in state)

"""Check what a loss returns."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def scalar_loss(loss: Any) -> Tensor:
    """Return the loss if it is a tensor with one element.

    Parameters
    ----------
    loss : object
        What a loss function has returned.

    Returns
    -------
    Tensor

    Raises
    ------
    TypeError
        If it is anything else.
    """
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        got = f"a tensor of shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
        raise TypeError(f"loss must return a tensor with one element, not {got}")
    return loss

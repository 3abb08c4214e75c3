"""A loss for a model that has none yet: a random projection of its output at the last time step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence


def last_step_loss(output: Any, time_axis: int | None, *, seed: int = 0) -> Tensor:
    """Sum over sequences of the last step's output times random signs.

    Linear, so that no output is favoured, and only at the last step, so that the gradient at a step t has
    come all the way.

    Parameters
    ----------
    output : Tensor, PackedSequence, or a tuple, list or dict of them
        What the model gave; the first floating-point tensor in it is used.
    time_axis : int or None
        0 or 1: which axis of an output of three dims is time.  Where it is not known, 1.
    seed : int
        Of the signs.

    Returns
    -------
    Tensor, scalar

    Raises
    ------
    ValueError
        If the output holds no floating-point tensor.
    """
    found = next(_tensors(output), None)
    if found is None:
        raise ValueError(
            f"the model gave {type(output).__name__}, in which there is nothing to make a loss of"
        )
    last = _last_step(found, 1 if time_axis is None else time_axis)
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(2, last.shape[1:], generator=generator).to(last) * 2 - 1
    return (last * signs).sum()


def _tensors(output: Any) -> Iterator[Tensor | PackedSequence]:
    if isinstance(output, PackedSequence) or (isinstance(output, Tensor) and output.is_floating_point()):
        yield output
    elif isinstance(output, Mapping):
        yield from (found for value in output.values() for found in _tensors(value))
    elif isinstance(output, (tuple, list)):
        yield from (found for value in output for found in _tensors(value))


def _last_step(output: Tensor | PackedSequence, time_axis: int) -> Tensor:
    """(sequence, ...); an output without a time axis as it is."""
    if isinstance(output, PackedSequence):
        padded, lengths = pad_packed_sequence(output, batch_first=True)
        return padded[torch.arange(len(lengths)), lengths - 1]
    return output if output.dim() < 3 else output.select(time_axis, -1)

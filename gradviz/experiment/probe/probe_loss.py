"""The default loss of a probe: a random projection of the output at the last time step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from gradviz.experiment.probe.time_axis import Axes, time_axis


def last_step_loss(output: Any, calls: Sequence[Axes] = (), *, seed: int = 0) -> Tensor:
    """Sum over sequences of the last step's output times random signs.

    It is linear, so that no output is favoured. It reads the last step only, so that the gradient at a step t
    has passed through all later steps.

    Parameters
    ----------
    output : Tensor, PackedSequence, or a tuple, list, dict or dataclass of them
        Output of the model; the first floating-point tensor in it is used.
    calls : sequence of Axes
        Sizes of the inputs of the model's recurrent modules, the call nearest to the output first. They
        determine which axis of the output is time.
    seed : int
        Seed of the signs.

    Returns
    -------
    Tensor, scalar

    Raises
    ------
    ValueError
        If the output contains no floating-point tensor.
    """
    found = next(_tensors(output), None)
    if found is None:
        raise ValueError(
            f"the model returned {type(output).__name__}, which contains no floating-point tensor to "
            "compute a loss from: give a loss (loss=, or a factory that returns (model, inputs, loss))"
        )
    last = _last_step(found, calls)
    generator = torch.Generator().manual_seed(seed)
    signs = torch.randint(2, last.shape[1:] or last.shape, generator=generator).to(last) * 2 - 1
    return (last * signs).sum()


def picks_a_step(output: Any, calls: Sequence[Axes] = ()) -> bool:
    """Whether the output has a time axis, so that `last_step_loss` reads one step of it.

    Parameters
    ----------
    output, calls
        As for `last_step_loss`.

    Returns
    -------
    bool
    """
    found = next(_tensors(output), None)
    if isinstance(found, Tensor):
        return time_axis(found.shape, calls) is not None
    return found is not None


def _tensors(output: Any) -> Iterator[Tensor | PackedSequence]:
    if isinstance(output, PackedSequence) or (isinstance(output, Tensor) and output.is_floating_point()):
        yield output
    elif isinstance(output, Mapping):
        yield from (found for value in output.values() for found in _tensors(value))
    elif isinstance(output, (tuple, list)):
        yield from (found for value in output for found in _tensors(value))
    elif is_dataclass(output):
        yield from (found for part in fields(output) for found in _tensors(getattr(output, part.name)))


def _last_step(output: Tensor | PackedSequence, calls: Sequence[Axes]) -> Tensor:
    """The last step, of shape (sequence, ...); the whole output if it has no time axis."""
    if isinstance(output, PackedSequence):
        padded, lengths = pad_packed_sequence(output, batch_first=True)
        return padded[torch.arange(len(lengths)), lengths - 1]
    axis = time_axis(output.shape, calls)
    return output if axis is None else output.select(axis, -1)

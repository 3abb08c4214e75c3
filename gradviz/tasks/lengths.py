"""Lengths of the sequences of a batch: one for all, or each drawn from a range and the batch packed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

from gradviz.arguments import check_whole_number
from gradviz.tasks.generator import check_generator

Length = int | tuple[int, int]
Sequences = Tensor | PackedSequence


def check_length(name: str, value: Any, *, at_least: int) -> Length:
    """Return a length as a task stores it.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : int, or a pair of them
        One length, or the smallest and the largest.
    at_least : int
        Smallest length that is allowed.

    Returns
    -------
    int or (int, int)

    Raises
    ------
    ValueError
        If the value is anything else, or the smallest length is above the largest.
    """
    if not isinstance(value, (list, tuple)):
        return check_whole_number(name, value, at_least=at_least)
    if len(value) != 2:
        raise ValueError(f"{name} = {value!r}: must be one length, or the smallest and the largest")
    low, high = (check_whole_number(f"{name}[{place}]", value[place], at_least=at_least) for place in (0, 1))
    if low > high:
        raise ValueError(f"{name} = {value!r}: the smallest must not be above the largest")
    return low, high


def shortest(length: Length) -> int:
    """Smallest length that can be drawn."""
    return length if isinstance(length, int) else length[0]


def longest(length: Length) -> int:
    """Largest length that can be drawn."""
    return length if isinstance(length, int) else length[1]


def mean_length(length: Length) -> float:
    """Expected length; all lengths of a range are equally likely."""
    return (shortest(length) + longest(length)) / 2


def draw_lengths(length: Length, size: int, generator: torch.Generator) -> Tensor:
    """Draw the length of each sequence of a batch.

    Parameters
    ----------
    length : int or (int, int)
    size : int
        Number of sequences.
    generator : torch.Generator
        Not used if all sequences have one length.

    Returns
    -------
    Tensor of int, shape (size,)

    Raises
    ------
    ValueError, TypeError
        If the size is below 1, or the generator is not a ``torch.Generator``.
    """
    check_whole_number("size", size, at_least=1)
    check_generator(generator)
    if isinstance(length, int):
        return torch.full((size,), length)
    return torch.randint(length[0], length[1] + 1, (size,), generator=generator)


def draw_below(bounds: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a whole number from 0 up to, but not including, each bound; all are equally likely.

    Parameters
    ----------
    bounds : Tensor of int, shape (size,)
    generator : torch.Generator

    Returns
    -------
    Tensor of int, shape (size,)
    """
    return (torch.rand(len(bounds), dtype=torch.float64, generator=generator) * bounds).long()


def pack(padded: Tensor, length: Length, lengths: Tensor) -> Sequences:
    """Pack the sequences of a batch if their lengths differ.

    Parameters
    ----------
    padded : Tensor, shape (size, longest, ...)
    length : int or (int, int)
        Option of the task.
    lengths : Tensor of int, shape (size,)
        Lengths that were drawn.

    Returns
    -------
    Tensor or PackedSequence
        The same tensor if all sequences have one length, else packed, in the order of the batch.
    """
    if isinstance(length, int):
        return padded
    return pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)

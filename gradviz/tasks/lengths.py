"""How long the sequences of a batch are: one length for all, or each drawn from a range, then packed."""

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
    """A length as a task keeps it.

    Parameters
    ----------
    name : str
        Of the option, for the message.
    value : int, or a pair of them
        One length, or the shortest and the longest.
    at_least : int
        The shortest that makes sense.

    Returns
    -------
    int or (int, int)

    Raises
    ------
    ValueError
        For anything else, or a shortest above the longest.
    """
    if not isinstance(value, (list, tuple)):
        return check_whole_number(name, value, at_least=at_least)
    if len(value) != 2:
        raise ValueError(f"{name} = {value!r}: must be one length, or the shortest and the longest")
    low, high = (check_whole_number(f"{name}[{place}]", value[place], at_least=at_least) for place in (0, 1))
    if low > high:
        raise ValueError(f"{name} = {value!r}: the shortest must not be above the longest")
    return low, high


def shortest(length: Length) -> int:
    """The least length that can be drawn."""
    return length if isinstance(length, int) else length[0]


def longest(length: Length) -> int:
    """The greatest length that can be drawn."""
    return length if isinstance(length, int) else length[1]


def mean_length(length: Length) -> float:
    """Expectation of the length; every one of a range is equally likely."""
    return (shortest(length) + longest(length)) / 2


def draw_lengths(length: Length, size: int, generator: torch.Generator) -> Tensor:
    """The length of every sequence of a batch.

    Parameters
    ----------
    length : int or (int, int)
    size : int
        How many sequences.
    generator : torch.Generator
        Nothing is drawn from it where one length holds for all.

    Returns
    -------
    Tensor of int, shape (size,)

    Raises
    ------
    ValueError, TypeError
        For a size below 1, or anything but a generator.
    """
    check_whole_number("size", size, at_least=1)
    check_generator(generator)
    if isinstance(length, int):
        return torch.full((size,), length)
    return torch.randint(length[0], length[1] + 1, (size,), generator=generator)


def draw_below(bounds: Tensor, generator: torch.Generator) -> Tensor:
    """Whole numbers from 0 to below each bound, all equally likely.

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
    """The sequences of a batch without what lies behind their ends.

    Parameters
    ----------
    padded : Tensor, shape (size, longest, ...)
    length : int or (int, int)
        The task's option.
    lengths : Tensor of int, shape (size,)
        What was drawn.

    Returns
    -------
    Tensor or PackedSequence
        The same tensor where one length holds for all, else packed, in the order of the batch.
    """
    if isinstance(length, int):
        return padded
    return pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)

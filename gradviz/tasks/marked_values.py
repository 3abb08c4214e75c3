"""Two marked numbers in a long sequence of them: what the adding and multiplication problems share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradviz.tasks.answers import Regression
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_below, draw_lengths, longest, pack


@dataclass(frozen=True)
class MarkedValues(Regression):
    """Two of ``length`` numbers from U[0, 1] are marked, one in each half; the answer is made of them.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 2; of a pair, the shortest and the longest.

    Raises
    ------
    ValueError
        When the length is neither.
    """

    length: Length = 100

    input_size: ClassVar[int] = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", check_length("length", self.length, at_least=2))

    @property
    def lag(self) -> int:
        """Steps that the gradient has to cross from the answer back to the earliest possible mark."""
        return longest(self.length) - 1

    @property
    def informative(self) -> range:
        """Time steps of the longest sequence's first half, whose mark has to be remembered longest."""
        return range(longest(self.length) // 2)

    def answer(self, first: Tensor, second: Tensor) -> Tensor:
        """The answer to the marked numbers, elementwise."""
        raise NotImplementedError

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Fresh sequences.

        Parameters
        ----------
        size : int
            How many.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, 2), or PackedSequence
            The numbers, and beside each 1 if it is marked, else 0.
        targets : Tensor, shape (size, 1)

        Raises
        ------
        ValueError, TypeError
            For a size below 1, or anything but a generator.
        """
        lengths = draw_lengths(self.length, size, generator)
        halves = lengths // 2
        values = torch.rand(size, longest(self.length), generator=generator)
        first = draw_below(halves, generator)
        second = halves + draw_below(lengths - halves, generator)
        rows = torch.arange(size)
        marks = torch.zeros_like(values)
        marks[rows, first] = 1
        marks[rows, second] = 1
        targets = self.answer(values[rows, first], values[rows, second])
        return pack(torch.stack([values, marks], -1), self.length, lengths), targets.unsqueeze(-1)

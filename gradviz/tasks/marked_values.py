"""Two marked numbers in a long sequence: what the adding and multiplication problems share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradviz.tasks.answers import Regression
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_below, draw_lengths, longest, pack


@dataclass(frozen=True)
class MarkedValues(Regression):
    """Two of ``length`` numbers from U[0, 1] are marked, one in each half; the target is computed from them.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 2; or the smallest and the largest number of them.

    Raises
    ------
    ValueError
        If the length is anything else.
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
    def fixed_lag(self) -> bool:
        """False: each mark may lie anywhere in its half, so that near ones are learned first."""
        return False

    @property
    def informative(self) -> range:
        """Time steps of the first half of the longest sequence: that mark has to be remembered longest."""
        return range(longest(self.length) // 2)

    def answer(self, first: Tensor, second: Tensor) -> Tensor:
        """Target for the two marked numbers, elementwise."""
        raise NotImplementedError

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Draw a batch of sequences.

        Parameters
        ----------
        size : int
            Number of sequences.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, 2), or PackedSequence
            The numbers, and for each 1 if it is marked, else 0.
        targets : Tensor, shape (size, 1)

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
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

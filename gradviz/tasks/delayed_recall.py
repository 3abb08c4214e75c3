"""Delayed recall: the first symbol again, after a lag full of noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.arguments import check_whole_number
from gradviz.tasks.answers import Classification
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_lengths, longest, pack


@dataclass(frozen=True)
class DelayedRecall(Classification):
    """A symbol, then distractors of another alphabet; the class at the end is the symbol.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 2; of a pair, the shortest and the longest.
    symbols : int
        Different symbols to recall, at least 2.
    distractors : int
        Different distractors.  With 0 the time between is free of noise: the inputs there are zero.

    Raises
    ------
    ValueError
        For smaller or broken numbers.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 2c,
    with any number of symbols and without those that tell where a sequence starts and ends.
    """

    length: Length = 100
    symbols: int = 8
    distractors: int = 8

    name: ClassVar[str] = "delayed_recall"

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", check_length("length", self.length, at_least=2))
        check_whole_number("symbols", self.symbols, at_least=2)
        check_whole_number("distractors", self.distractors, at_least=0)

    @property
    def input_size(self) -> int:
        """Symbols and distractors, one-hot."""
        return self.symbols + self.distractors

    @property
    def output_size(self) -> int:
        """Symbols."""
        return self.symbols

    @property
    def lag(self) -> int:
        """Steps from the symbol to the answer, in the longest sequence."""
        return longest(self.length) - 1

    @property
    def informative(self) -> range:
        """The first time step."""
        return range(1)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Fresh sequences.

        Parameters
        ----------
        size : int
            How many.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, symbols + distractors), or PackedSequence
            One-hot.
        targets : Tensor of int, shape (size,)

        Raises
        ------
        ValueError, TypeError
            For a size below 1, or anything but a generator.
        """
        lengths = draw_lengths(self.length, size, generator)
        targets = torch.randint(self.symbols, (size,), generator=generator)
        inputs = torch.zeros(size, longest(self.length), self.input_size)
        inputs[:, 0, : self.symbols] = functional.one_hot(targets, self.symbols).float()
        if self.distractors:
            between = (size, longest(self.length) - 1)
            noise = torch.randint(self.distractors, between, generator=generator)
            inputs[:, 1:, self.symbols :] = functional.one_hot(noise, self.distractors).float()
        return pack(inputs, self.length, lengths), targets

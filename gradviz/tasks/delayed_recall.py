"""Delayed recall: repeat the first symbol after a lag full of distractors."""

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
    """A symbol, then distractors from another alphabet; the class to predict at the end is the symbol.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 2; or the smallest and the largest number of them.
    symbols : int
        Number of different symbols to recall, at least 2.
    distractors : int
        Number of different distractors.  With 0 all inputs after the symbol are zero.

    Raises
    ------
    ValueError
        If a number is smaller or is not a whole number.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 2c,
    with any number of symbols, and without the symbols that mark the start and the end of a sequence.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.delayed_recall(length=30, symbols=4, distractors=2)
    >>> inputs, targets = task.batch(3, torch.Generator().manual_seed(0))
    >>> inputs.shape
    torch.Size([3, 30, 6])
    >>> bool((inputs[:, 0].argmax(-1) == targets).all())
    True
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
        """Size of the one-hot input: symbols and distractors."""
        return self.symbols + self.distractors

    @property
    def output_size(self) -> int:
        """Number of symbols."""
        return self.symbols

    @property
    def lag(self) -> int:
        """Steps from the symbol to the answer, in the longest sequence."""
        return longest(self.length) - 1

    @property
    def fixed_lag(self) -> bool:
        """Whether all sequences are equally long, so that every answer needs the same lag."""
        return isinstance(self.length, int)

    @property
    def informative(self) -> range:
        """The first time step."""
        return range(1)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Draw a batch of sequences.

        Parameters
        ----------
        size : int
            Number of sequences.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, symbols + distractors), or PackedSequence
            One-hot.
        targets : Tensor of int, shape (size,)

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
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

"""The parity problem, and delayed exclusive or: is the number of ones odd?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradviz.arguments import check_whole_number
from gradviz.tasks.answers import Classification
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_lengths, longest, pack, shortest


@dataclass(frozen=True)
class Parity(Classification):
    """A sequence of random 1 and -1; class 1 if the number of ones among those that count is odd.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 1; of a pair, the shortest and the longest.
    bits : int, optional
        How many of the first count; the rest is noise in the same channel.  By default all count.  With
        ``bits=2`` it is delayed exclusive or.

    Raises
    ------
    ValueError
        For a length that is none, or bits that not every sequence has.

    References
    ----------
    Bengio, Simard and Frasconi (1994), "Learning long-term dependencies with gradient descent is
    difficult", IEEE Transactions on Neural Networks 5(2); inputs of 1 and -1 as in Hochreiter and
    Schmidhuber (1996), "Bridging long time lags by weight guessing and 'long short-term memory'".
    """

    length: Length = 100
    bits: int | None = None

    name: ClassVar[str] = "parity"
    input_size: ClassVar[int] = 1
    output_size: ClassVar[int] = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", check_length("length", self.length, at_least=1))
        if self.bits is not None:
            check_whole_number(
                "bits", self.bits, at_least=1, at_most=shortest(self.length), hint=", the shortest length"
            )

    @property
    def lag(self) -> int:
        """Steps that the gradient has to cross from the answer back to the first bit."""
        return longest(self.length) - 1

    @property
    def informative(self) -> range:
        """Time steps of the bits that count."""
        return range(longest(self.length) if self.bits is None else self.bits)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Fresh sequences.

        Parameters
        ----------
        size : int
            How many.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, 1), or PackedSequence
            1 and -1.
        targets : Tensor of int, shape (size,)
            0 for even, 1 for odd.

        Raises
        ------
        ValueError, TypeError
            For a size below 1, or anything but a generator.
        """
        lengths = draw_lengths(self.length, size, generator)
        bits = torch.randint(2, (size, longest(self.length)), generator=generator)
        stop = lengths if self.bits is None else torch.full_like(lengths, self.bits)
        counts = torch.arange(longest(self.length)) < stop.unsqueeze(-1)  # (size, length)
        inputs = (2 * bits - 1).float().unsqueeze(-1)
        return pack(inputs, self.length, lengths), (bits * counts).sum(-1) % 2

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
    """A sequence of random 1 and -1; the class is 1 if the number of ones among the first ``bits`` is odd.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 1; or the smallest and the largest number of them.
    bits : int, optional
        Number of steps that count; the steps after them are noise in the same channel.  By default all
        steps count.  With ``bits=2`` the task is delayed exclusive or.

    Raises
    ------
    ValueError
        If a length is not valid, or the shortest sequence has fewer steps than ``bits``.

    References
    ----------
    Bengio, Simard and Frasconi (1994), "Learning long-term dependencies with gradient descent is
    difficult", IEEE Transactions on Neural Networks 5(2); inputs of 1 and -1 as in Hochreiter and
    Schmidhuber (1996), "Bridging long time lags by weight guessing and 'long short-term memory'".

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.parity(length=12, bits=4)
    >>> inputs, targets = task.batch(5, torch.Generator().manual_seed(0))
    >>> ones = (inputs[:, :4, 0] == 1).sum(-1)
    >>> bool((ones % 2 == targets).all())
    True
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
    def fixed_lag(self) -> bool:
        """Whether the bits that count lie in the first half of sequences of one length."""
        return self.bits is not None and isinstance(self.length, int) and 2 * self.bits <= self.length

    @property
    def informative(self) -> range:
        """Time steps of the bits that count."""
        return range(longest(self.length) if self.bits is None else self.bits)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Draw a batch of sequences.

        Parameters
        ----------
        size : int
            Number of sequences.
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
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        lengths = draw_lengths(self.length, size, generator)
        bits = torch.randint(2, (size, longest(self.length)), generator=generator)
        stop = lengths if self.bits is None else torch.full_like(lengths, self.bits)
        counts = torch.arange(longest(self.length)) < stop.unsqueeze(-1)  # (size, length)
        inputs = (2 * bits - 1).float().unsqueeze(-1)
        return pack(inputs, self.length, lengths), (bits * counts).sum(-1) % 2

"""The copy memory problem: repeat a string of symbols after a long delay."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.arguments import check_whole_number
from gradviz.tasks.answers import StepwiseClassification
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_lengths, longest, mean_length, pack


@dataclass(frozen=True)
class CopyMemory(StepwiseClassification):
    """``symbols`` letters, ``delay`` blanks the last of which is a go signal, then the letters again.

    Letters are classes 0 to ``alphabet`` - 1, blank is class ``alphabet``, the go signal is an input
    class only, ``alphabet`` + 1.  The metric counts letters alone.

    Parameters
    ----------
    delay : int or (int, int)
        At least 1; of a pair, the shortest and the longest, so that only the go signal tells when to
        answer.
    symbols : int
        Letters to remember, at least 1.
    alphabet : int
        Different letters, at least 2.

    Raises
    ------
    ValueError
        For smaller or broken numbers.

    References
    ----------
    Hochreiter and Schmidhuber (1997); as in Arjovsky, Shah and Bengio (2016), "Unitary evolution
    recurrent neural networks", section 4.1; delays from a range as in Henaff, Szlam and LeCun (2016),
    "Recurrent orthogonal networks and long-memory tasks".
    """

    delay: Length = 100
    symbols: int = 10
    alphabet: int = 8

    name: ClassVar[str] = "copy_memory"
    baseline_meaning: ClassVar[str] = "blanks, then a random letter"

    def __post_init__(self) -> None:
        object.__setattr__(self, "delay", check_length("delay", self.delay, at_least=1))
        check_whole_number("symbols", self.symbols, at_least=1)
        check_whole_number("alphabet", self.alphabet, at_least=2)

    @property
    def length(self) -> int:
        """Time steps of the longest sequence."""
        return longest(self.delay) + 2 * self.symbols

    @property
    def input_size(self) -> int:
        """Letters, blank and go signal, one-hot."""
        return self.alphabet + 2

    @property
    def output_size(self) -> int:
        """Letters and blank."""
        return self.alphabet + 1

    @property
    def lag(self) -> int:
        """Steps from each letter to the moment at which it must be given back, at the longest delay."""
        return longest(self.delay) + self.symbols

    @property
    def baseline(self) -> float:
        """Cross-entropy of blanks followed by random letters, nats, mean over all steps."""
        return self.symbols * math.log(self.alphabet) / (mean_length(self.delay) + 2 * self.symbols)

    @property
    def informative(self) -> range:
        """Time steps of the letters."""
        return range(self.symbols)

    def recalled(self, targets: Tensor) -> Tensor:
        """The letters, which are all but the blanks."""
        return targets != self.alphabet

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Sequences]:
        """Fresh sequences.

        Parameters
        ----------
        size : int
            How many.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, alphabet + 2), or PackedSequence
            One-hot.
        targets : Tensor of int, shape (size, length), or PackedSequence
            Blank, and in the last ``symbols`` steps the letters.

        Raises
        ------
        ValueError, TypeError
            For a size below 1, or anything but a generator.
        """
        delays = draw_lengths(self.delay, size, generator)
        blank, go = self.alphabet, self.alphabet + 1
        letters = torch.randint(self.alphabet, (size, self.symbols), generator=generator)
        go_steps = (self.symbols + delays - 1).unsqueeze(-1)  # (size, 1)
        shown = torch.full((size, self.length), blank)
        shown[:, : self.symbols] = letters
        shown.scatter_(1, go_steps, go)
        targets = torch.full((size, self.length), blank)
        targets.scatter_(1, go_steps + 1 + torch.arange(self.symbols), letters)
        inputs = functional.one_hot(shown, self.input_size).float()
        lengths = delays + 2 * self.symbols
        return pack(inputs, self.delay, lengths), pack(targets, self.delay, lengths)

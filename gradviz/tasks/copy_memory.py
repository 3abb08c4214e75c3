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
    """``symbols`` letters, then ``delay`` blanks, the last one a go signal, then the letters again.

    Letters are classes 0 to ``alphabet`` - 1, and the blank is class ``alphabet``.  The go signal,
    ``alphabet`` + 1, occurs in the inputs only.  The metric counts the letters only.

    Parameters
    ----------
    delay : int or (int, int)
        Time steps, at least 1; or the smallest and the largest number of them.  With a range of delays
        only the go signal shows when to answer.
    symbols : int
        Number of letters to remember, at least 1.
    alphabet : int
        Number of different letters, at least 2.

    Raises
    ------
    ValueError
        If a number is smaller or is not a whole number.

    References
    ----------
    Hochreiter and Schmidhuber (1997); as in Arjovsky, Shah and Bengio (2016), "Unitary evolution
    recurrent neural networks", section 4.1; delays from a range as in Henaff, Szlam and LeCun (2016),
    "Recurrent orthogonal networks and long-memory tasks".

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.copy_memory(delay=5, symbols=3)
    >>> inputs, targets = task.batch(2, torch.Generator().manual_seed(0))
    >>> inputs.shape, targets.shape
    (torch.Size([2, 11, 10]), torch.Size([2, 11]))
    >>> bool((targets[:, -3:] == inputs.argmax(-1)[:, :3]).all())
    True
    """

    delay: Length = 100
    symbols: int = 10
    alphabet: int = 8

    name: ClassVar[str] = "copy_memory"
    length_option: ClassVar[str] = "delay"
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
        """Size of the one-hot input: letters, blank and go signal."""
        return self.alphabet + 2

    @property
    def output_size(self) -> int:
        """Number of classes: letters and blank."""
        return self.alphabet + 1

    @property
    def lag(self) -> int:
        """Steps from each letter to the step that has to repeat it, at the longest delay."""
        return longest(self.delay) + self.symbols

    @property
    def fixed_lag(self) -> bool:
        """False: the loss reads every step, also the blanks, which need no memory."""
        return False

    @property
    def baseline(self) -> float:
        """Cross-entropy in nats of blanks followed by random letters, averaged over all steps."""
        return self.symbols * math.log(self.alphabet) / (mean_length(self.delay) + 2 * self.symbols)

    @property
    def informative(self) -> range:
        """Time steps of the letters."""
        return range(self.symbols)

    def recalled(self, targets: Tensor) -> Tensor:
        """Mask of the letters: all targets but the blanks."""
        return targets != self.alphabet

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Sequences]:
        """Draw a batch of sequences.

        Parameters
        ----------
        size : int
            Number of sequences.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, alphabet + 2), or PackedSequence
            One-hot.
        targets : Tensor of int, shape (size, length), or PackedSequence
            Blanks, and in the last ``symbols`` steps the letters.

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
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

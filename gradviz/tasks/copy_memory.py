"""The copy memory problem: repeat a string of symbols after a long delay."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.tasks.arguments import need_generator, whole_number


@dataclass(frozen=True)
class CopyMemory:
    """``symbols`` letters, ``delay`` blanks the last of which is a go signal, then the letters again.

    Letters are classes 0 to ``alphabet`` - 1, blank is class ``alphabet``, the go signal is an input
    class only, ``alphabet`` + 1.

    Parameters
    ----------
    delay : int
        At least 1.
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
    recurrent neural networks", section 4.1.
    """

    delay: int = 100
    symbols: int = 10
    alphabet: int = 8

    name: ClassVar[str] = "copy_memory"
    every_step: ClassVar[bool] = True
    baseline_meaning: ClassVar[str] = "blanks, then a random letter"

    def __post_init__(self) -> None:
        whole_number("delay", self.delay, 1)
        whole_number("symbols", self.symbols, 1)
        whole_number("alphabet", self.alphabet, 2)

    @property
    def length(self) -> int:
        """Time steps."""
        return self.delay + 2 * self.symbols

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
        """Steps from each letter to the moment at which it must be given back."""
        return self.delay + self.symbols

    @property
    def baseline(self) -> float:
        """Cross-entropy of blanks followed by random letters, nats, mean over all steps."""
        return self.symbols * math.log(self.alphabet) / self.length

    @property
    def informative(self) -> range:
        """Time steps of the letters."""
        return range(self.symbols)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Fresh sequences.

        Parameters
        ----------
        size : int
            How many.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, alphabet + 2)
            One-hot.
        targets : Tensor of int, shape (size, length)
            Blank, and in the last ``symbols`` steps the letters.

        Raises
        ------
        ValueError, TypeError
            For a size below 1, or anything but a generator.
        """
        whole_number("size", size, 1)
        need_generator(generator)
        blank, go = self.alphabet, self.alphabet + 1
        letters = torch.randint(self.alphabet, (size, self.symbols), generator=generator)
        shown = torch.full((size, self.length), blank)
        shown[:, : self.symbols] = letters
        shown[:, self.symbols + self.delay - 1] = go
        targets = torch.full((size, self.length), blank)
        targets[:, -self.symbols :] = letters
        return functional.one_hot(shown, self.input_size).float(), targets

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy of (size, length, alphabet + 1) outputs, nats, mean over all steps.

        Raises
        ------
        ValueError
            For outputs of another shape.
        """
        wanted = (*targets.shape, self.output_size)
        if outputs.shape != wanted:
            raise ValueError(
                f"copy_memory wants outputs of shape {wanted}, one answer at every step; "
                f"it got {tuple(outputs.shape)}"
            )
        return functional.cross_entropy(outputs.flatten(0, 1), targets.flatten())

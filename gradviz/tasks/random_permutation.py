"""The random permutation problem: predict the next symbol, of which only the last can be known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.arguments import check_bool, check_whole_number
from gradviz.tasks.answers import StepwiseClassification
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_lengths, longest, mean_length, pack

KEYS = 2


@dataclass(frozen=True)
class RandomPermutation(StepwiseClassification):
    """One of two keys, random distractors, then the same key; every next symbol is to be predicted.

    Only the last symbol follows from what came before, and the metric counts it alone.  In spite of its
    name nothing is permuted: the distractors are drawn independently.

    Parameters
    ----------
    length : int or (int, int)
        Inputs, at least 2, which is one less than the symbols; of a pair, the shortest and the longest.
    alphabet : int
        Different symbols, the two keys among them, at least 3.
    noise_free : bool
        Whether the distractors always come in the same order, so that every symbol but the key is known
        from the one before.  They begin anew when all have been shown.

    Raises
    ------
    ValueError
        For smaller or broken numbers.

    References
    ----------
    Martens and Sutskever (2011), "Learning recurrent neural networks with Hessian-free optimization",
    after Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiments
    2b and, free of noise, 2a.
    """

    length: Length = 100
    alphabet: int = 100
    noise_free: bool = False

    name: ClassVar[str] = "random_permutation"

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", check_length("length", self.length, at_least=2))
        check_whole_number("alphabet", self.alphabet, at_least=KEYS + 1)
        check_bool("noise_free", self.noise_free)

    @property
    def input_size(self) -> int:
        """Symbols, one-hot."""
        return self.alphabet

    @property
    def output_size(self) -> int:
        """Symbols."""
        return self.alphabet

    @property
    def lag(self) -> int:
        """Steps from the key to the moment at which it must be predicted, in the longest sequence."""
        return longest(self.length) - 1

    @property
    def baseline(self) -> float:
        """Cross-entropy of a predictor that never saw the first key, nats, mean over all steps."""
        length = mean_length(self.length)
        distractors = 0.0 if self.noise_free else (length - 1) * math.log(self.alphabet - KEYS)
        return (distractors + math.log(KEYS)) / length

    @property
    def baseline_meaning(self) -> str:
        """What such a predictor says."""
        return f"{'the order' if self.noise_free else 'a random distractor'}, then either key"

    @property
    def informative(self) -> range:
        """The first time step."""
        return range(1)

    def recalled(self, targets: Tensor) -> Tensor:
        """The keys."""
        return targets < KEYS

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Sequences]:
        """Fresh sequences.

        Parameters
        ----------
        size : int
            How many.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, alphabet), or PackedSequence
            One-hot; the keys are symbols 0 and 1.
        targets : Tensor of int, shape (size, length), or PackedSequence
            The symbol after each.

        Raises
        ------
        ValueError, TypeError
            For a size below 1, or anything but a generator.
        """
        lengths = draw_lengths(self.length, size, generator)
        keys = torch.randint(KEYS, (size, 1), generator=generator)
        symbols = torch.cat([keys, self._distractors(size, generator)], -1)  # (size, length + 1)
        symbols.scatter_(1, lengths.unsqueeze(-1), keys)
        inputs = functional.one_hot(symbols[:, :-1], self.alphabet).float()
        return pack(inputs, self.length, lengths), pack(symbols[:, 1:], self.length, lengths)

    def _distractors(self, size: int, generator: torch.Generator) -> Tensor:
        """(size, longest)."""
        steps = longest(self.length)
        if self.noise_free:
            return (KEYS + torch.arange(steps) % (self.alphabet - KEYS)).expand(size, -1)
        return torch.randint(KEYS, self.alphabet, (size, steps), generator=generator)

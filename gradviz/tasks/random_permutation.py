"""The random permutation problem: predict every next symbol; only the last one can be known."""

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
    """One of two keys, random distractors, then the same key; the next symbol is predicted at every step.

    Only the last symbol can be predicted from the symbols before it, and the metric counts only that one.
    In spite of the name nothing is permuted: the distractors are drawn independently.

    Parameters
    ----------
    length : int or (int, int)
        Time steps of the input, at least 2, one less than the number of symbols; or the smallest and the
        largest number of them.
    alphabet : int
        Number of different symbols, including the two keys, at least 3.
    noise_free : bool
        Whether the distractors always come in the same order, so that each of them is known from the
        symbol before it.  After the last one the order starts again.

    Raises
    ------
    ValueError
        If a number is smaller or is not a whole number.

    References
    ----------
    Martens and Sutskever (2011), "Learning recurrent neural networks with Hessian-free optimization",
    after Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiments
    2b and, free of noise, 2a.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.random_permutation(length=10, alphabet=6)
    >>> inputs, targets = task.batch(4, torch.Generator().manual_seed(0))
    >>> inputs.shape, targets.shape
    (torch.Size([4, 10, 6]), torch.Size([4, 10]))
    >>> bool((inputs[:, 0].argmax(-1) == targets[:, -1]).all())
    True
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
        """Size of the one-hot input: the number of symbols."""
        return self.alphabet

    @property
    def output_size(self) -> int:
        """Number of symbols."""
        return self.alphabet

    @property
    def lag(self) -> int:
        """Steps from the key to the step that has to predict it, in the longest sequence."""
        return longest(self.length) - 1

    @property
    def fixed_lag(self) -> bool:
        """False: the loss reads every step, also those that need no memory."""
        return False

    @property
    def baseline(self) -> float:
        """Cross-entropy in nats of a predictor that never saw the first key, averaged over all steps."""
        length = mean_length(self.length)
        distractors = 0.0 if self.noise_free else (length - 1) * math.log(self.alphabet - KEYS)
        return (distractors + math.log(KEYS)) / length

    @property
    def baseline_meaning(self) -> str:
        """Prediction of that predictor, in a few words."""
        return f"{'the order' if self.noise_free else 'a random distractor'}, then either key"

    @property
    def informative(self) -> range:
        """The first time step."""
        return range(1)

    def recalled(self, targets: Tensor) -> Tensor:
        """Mask of the keys."""
        return targets < KEYS

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Sequences]:
        """Draw a batch of sequences.

        Parameters
        ----------
        size : int
            Number of sequences.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, alphabet), or PackedSequence
            One-hot; the keys are symbols 0 and 1.
        targets : Tensor of int, shape (size, length), or PackedSequence
            The symbol after each input.

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        lengths = draw_lengths(self.length, size, generator)
        keys = torch.randint(KEYS, (size, 1), generator=generator)
        symbols = torch.cat([keys, self._distractors(size, generator)], -1)  # (size, length + 1)
        symbols.scatter_(1, lengths.unsqueeze(-1), keys)
        inputs = functional.one_hot(symbols[:, :-1], self.alphabet).float()
        return pack(inputs, self.length, lengths), pack(symbols[:, 1:], self.length, lengths)

    def _distractors(self, size: int, generator: torch.Generator) -> Tensor:
        """Distractors, (size, longest)."""
        steps = longest(self.length)
        if self.noise_free:
            return (KEYS + torch.arange(steps) % (self.alphabet - KEYS)).expand(size, -1)
        return torch.randint(KEYS, self.alphabet, (size, steps), generator=generator)

"""Nested brackets of bounded depth: predict the next symbol, and which bracket has to be closed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from gradviz.arguments import check_whole_number
from gradviz.tasks.answers import StepwiseClassification
from gradviz.tasks.bracket_words import BracketWords, matching_pairs
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_lengths, longest, mean_length, pack

CONFIDENT = 0.8  # probability of the correct closing bracket, among the closing brackets


@dataclass(frozen=True)
class Dyck(StepwiseClassification):
    """Words of nested brackets, Dyck-(k, m): k kinds of brackets, at most m of them open at a time.

    The network reads a start symbol and then the brackets, and predicts the next symbol at every step; after
    the last bracket it is the end symbol.  All words of one length are equally likely.  Whether a bracket
    opens or closes is mostly chance; of which kind a closing bracket must be is determined by the bracket
    that it closes, which may be far back.  Opening brackets are classes 0 to ``kinds`` - 1, the closing ones
    ``kinds`` to 2 ``kinds`` - 1 in the same order, and the last class is the end; in the inputs it is the
    start.

    The metric is that of the paper: how often the correct closing bracket has a probability above 0.8 among
    the closing brackets, for each distance between a bracket and the one that it closes, and then averaged
    over the distances that occur in the batch.

    Parameters
    ----------
    pairs : int or (int, int)
        Number of pairs of brackets, at least 2; or the smallest and the largest number of them.  A sequence
        has 2 ``pairs`` + 1 time steps.
    kinds : int
        Number k of kinds of brackets, at least 2.
    depth : int
        Greatest number m of brackets that are open at a time, at least 2.

    Raises
    ------
    ValueError
        If a number is smaller or is not a whole number.

    References
    ----------
    Hewitt, Hahn, Ganguli, Liang and Manning (2020), "RNNs can generate bounded hierarchical languages with
    optimal memory", there with words of random length from a Markov chain.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.dyck(pairs=3, kinds=2, depth=2)
    >>> inputs, targets = task.batch(1, torch.Generator().manual_seed(0))
    >>> inputs.shape, "".join("([)]."[symbol] for symbol in targets[0])
    (torch.Size([1, 7, 5]), '()[]().')
    >>> task.lag, round(task.baseline, 3), round(task.entropy, 3)
    (4, 1.598, 0.495)
    """

    pairs: Length = 25
    kinds: int = 2
    depth: int = 5

    name: ClassVar[str] = "dyck"
    baseline_meaning: ClassVar[str] = "every symbol by its frequency"

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", check_length("pairs", self.pairs, at_least=2))
        check_whole_number("kinds", self.kinds, at_least=2)
        check_whole_number("depth", self.depth, at_least=2)

    def __getstate__(self) -> dict[str, Any]:
        return {"pairs": self.pairs, "kinds": self.kinds, "depth": self.depth}

    @cached_property
    def _words(self) -> BracketWords:
        return BracketWords(longest(self.pairs), self.depth)

    @property
    def length(self) -> int:
        """Time steps of the longest sequence."""
        return 2 * longest(self.pairs) + 1

    @property
    def input_size(self) -> int:
        """Size of the one-hot input: opening brackets, closing brackets, start."""
        return 2 * self.kinds + 1

    @property
    def output_size(self) -> int:
        """Number of classes: opening brackets, closing brackets, end."""
        return 2 * self.kinds + 1

    @property
    def lag(self) -> int:
        """Steps from the first bracket to the prediction of the last, which may close it; longest word."""
        return 2 * longest(self.pairs) - 2

    @property
    def fixed_lag(self) -> bool:
        """False: most brackets are closed soon, and the loss reads every step."""
        return False

    @property
    def informative(self) -> range:
        """Time steps at which a bracket may open."""
        return range(1, 2 * longest(self.pairs))

    @property
    def baseline(self) -> float:
        """Cross-entropy in nats of the frequencies of the symbols, averaged over all steps.

        A network that only counts how many brackets are open has less.
        """
        steps = 2 * mean_length(self.pairs) + 1
        bracket = mean_length(self.pairs) / steps / self.kinds  # frequency of each of 2 kinds
        return -2 * self.kinds * bracket * math.log(bracket) + math.log(steps) / steps

    @property
    def entropy(self) -> float:
        """Lowest loss that is possible with words of the longest length, in nats a step."""
        pairs = longest(self.pairs)
        return (self._words.log_count + pairs * math.log(self.kinds)) / (2 * pairs + 1)

    def recalled(self, targets: Tensor) -> Tensor:
        """Mask of the closing brackets."""
        return (targets >= self.kinds) & (targets < 2 * self.kinds)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Sequences]:
        """Draw a batch of words.

        Parameters
        ----------
        size : int
            Number of words.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, time, 2 kinds + 1), or PackedSequence
            One-hot: the start symbol and the brackets.
        targets : Tensor of int, shape (size, time), or PackedSequence
            The brackets and the end symbol.

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        pairs = draw_lengths(self.pairs, size, generator)
        opens, order = self._words.draw(pairs, generator)  # both (size, 2 * longest)
        drawn = torch.randint(self.kinds, (size, longest(self.pairs)), generator=generator)
        symbols = torch.full((size, self.length), 2 * self.kinds)
        kinds = drawn.repeat_interleave(2, dim=1)  # of the brackets in pairs, as they stand in `order`
        symbols[:, :-1].scatter_(1, order, kinds)
        symbols[:, :-1] += self.kinds * ~opens
        symbols[torch.arange(self.length) >= 2 * pairs.unsqueeze(-1)] = 2 * self.kinds
        shown = symbols.roll(1, dims=1)
        shown[:, 0] = 2 * self.kinds
        inputs = functional.one_hot(shown, self.input_size).float()
        steps = 2 * pairs + 1
        return pack(inputs, self.pairs, steps), pack(symbols, self.pairs, steps)

    def metric(self, outputs: Sequences, targets: Sequences) -> Tensor:
        """Accuracy of the closing brackets, averaged over the distances to the brackets that they close."""
        scores, classes = self._matched(outputs, targets)
        closing = scores[:, self.kinds : 2 * self.kinds].softmax(-1)
        kind = (classes - self.kinds).clamp(0, self.kinds - 1)
        confident = closing.gather(-1, kind.unsqueeze(-1)).squeeze(-1) > CONFIDENT  # (answers,)
        if isinstance(targets, PackedSequence):
            confident, _ = pad_packed_sequence(targets._replace(data=confident), batch_first=True)
            symbols, _ = pad_packed_sequence(targets, batch_first=True, padding_value=2 * self.kinds)
        else:
            confident, symbols = confident.view(targets.shape), targets
        opened, closed = matching_pairs(symbols < self.kinds, self.recalled(symbols))
        rows = (opened >= 0).nonzero()[:, 0]
        opened, closed = opened[opened >= 0], closed[closed >= 0]
        correct = confident[rows, closed].to(torch.get_default_dtype())
        distance = closed - opened
        count = torch.bincount(distance)
        share = torch.bincount(distance, correct)[count > 0] / count[count > 0]
        return share.mean().to(torch.get_default_dtype())

"""The adding problem as in the paper that introduced it: signed numbers, and both marks in the first half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from gradviz.tasks.answers import AT_LAST_STEP, Regression, check_outputs
from gradviz.tasks.lengths import (
    Length,
    Sequences,
    check_length,
    draw_below,
    draw_lengths,
    longest,
    pack,
    shortest,
)

FIRST_MARK = 10  # the first marked pair is one of so many
TOLERATED = 0.04  # a sequence is processed correctly if its absolute error is smaller


@dataclass(frozen=True)
class Adding1997(Regression):
    """Two of the first numbers of a sequence from U[-1, 1] are marked; the target is 0.5 + (X1 + X2) / 4.

    With T the shortest length, X1 is one of the first ten numbers and X2 another one of the first T/2 - 1.
    Their mark is 1; the mark of the first and the last number of a sequence is -1, and all others are 0.  A
    number that is drawn to be marked and is the first of its sequence is set to 0, and its mark stays -1.
    The metric is the fraction of the sequences whose absolute error is below 0.04: the paper stops when the
    2000 most recent sequences were all correct and the average error was below 0.01.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 6; or the smallest number of them, T, and the largest.  The paper has T and
        T + T/10.

    Raises
    ------
    ValueError
        If the length is anything else.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 4.  The
    paper sets X1 to 0 where it is the first number of a sequence; here X2 too.  Below T = 22, where ten pairs
    are not in the first half, X1 is one of the first T/2 - 1 too.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.adding_1997(length=100)
    >>> inputs, targets = task.batch(4, torch.Generator().manual_seed(0))
    >>> inputs.shape, targets.shape
    (torch.Size([4, 100, 2]), torch.Size([4, 1]))
    >>> inputs[:, 0, 1].tolist(), bool((targets >= 0).all() and (targets <= 1).all())
    ([-1.0, -1.0, -1.0, -1.0], True)
    """

    length: Length = (100, 110)

    name: ClassVar[str] = "adding_1997"
    input_size: ClassVar[int] = 2
    baseline_meaning: ClassVar[str] = "always predict 1/2"
    metric_name: ClassVar[str] = "accuracy"
    metric_goal: ClassVar[Literal["max", "min"]] = "max"

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", check_length("length", self.length, at_least=6))

    @property
    def _second_mark(self) -> int:
        """The second marked pair is one of so many."""
        return shortest(self.length) // 2 - 1

    @property
    def _first_mark(self) -> int:
        return min(FIRST_MARK, self._second_mark)

    @property
    def baseline(self) -> float:
        """Mean squared error of 1/2: a 16th of the variances of X1 and X2, 1/3 each unless it is set to 0."""
        first_is_set = 1 / self._first_mark
        second_is_set = (1 - first_is_set) / (self._second_mark - 1)
        return (2 - first_is_set - second_is_set) / 48

    @property
    def lag(self) -> int:
        """Steps that the gradient has to cross from the answer back to the earliest number that counts."""
        return longest(self.length) - 2

    @property
    def fixed_lag(self) -> bool:
        """False: each number may lie anywhere in its part, and the nearer one alone lowers the loss."""
        return False

    @property
    def informative(self) -> range:
        """Time steps of the numbers that may count."""
        return range(1, self._second_mark)

    def metric(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Fraction of the sequences whose absolute error is below 0.04, in [0, 1]."""
        numbers = check_outputs(self.name, outputs, tuple(targets.shape), AT_LAST_STEP)
        return ((numbers - targets).abs() < TOLERATED).to(torch.get_default_dtype()).mean()

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Draw a batch of sequences.

        Parameters
        ----------
        size : int
            Number of sequences.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, 2), or PackedSequence
            The numbers, and the mark of each.
        targets : Tensor, shape (size, 1)
            In [0, 1].

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        lengths = draw_lengths(self.length, size, generator)
        values = 2 * torch.rand(size, longest(self.length), generator=generator) - 1
        first = draw_below(torch.full((size,), self._first_mark), generator)
        second = draw_below(torch.full((size,), self._second_mark - 1), generator)
        second += second >= first  # the pair of the first mark is left out
        rows = torch.arange(size)
        values[(first == 0) | (second == 0), 0] = 0
        targets = 0.5 + (values[rows, first] + values[rows, second]) / 4
        marks = torch.zeros_like(values)
        marks[rows, first] = 1
        marks[rows, second] = 1
        marks[:, 0] = -1
        marks[rows, lengths - 1] = -1
        return pack(torch.stack([values, marks], -1), self.length, lengths), targets.unsqueeze(-1)

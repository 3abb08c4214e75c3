"""The temporal order problem: the order of two or three symbols, far apart among distractors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.tasks.answers import Classification
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_lengths, longest, pack, shortest

DISTRACTORS = 4  # a, b, c, d are inputs 0 to 3
X, Y, START, TRIGGER = 4, 5, 6, 7
WINDOWS = {2: (10, 50), 3: (10, 33, 66)}  # start of each, in per cent of the shortest length
WIDTH = 10


@dataclass(frozen=True)
class TemporalOrder(Classification):
    """``symbols`` symbols, each X or Y, far apart among distractors; the class is their order.

    A sequence starts with a start symbol, ends with a trigger, and has random distractors in between.
    In a sequence of 100 steps, two symbols are placed in steps 10 to 20 and 50 to 60; three in 10 to 20,
    33 to 43 and 66 to 76; for other lengths in proportion.  X, X is class 0; X, Y is 1; Y, X is 2; Y, Y
    is 3, and so on.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 10; or the smallest number of them, which decides where the symbols are
        placed, and the largest.  The source has (100, 110).
    symbols : {2, 3}
        Number of symbols, for 4 or 8 classes.

    Raises
    ------
    ValueError
        If a number is not valid.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiments 6a
    (two symbols) and 6b (three).

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.temporal_order(length=100)
    >>> task.windows
    (range(10, 21), range(50, 61))
    >>> inputs, targets = task.batch(4, torch.Generator().manual_seed(0))
    >>> inputs.shape, targets.shape
    (torch.Size([4, 100, 8]), torch.Size([4]))
    """

    length: Length = 100
    symbols: int = 2

    name: ClassVar[str] = "temporal_order"
    input_size: ClassVar[int] = 8

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", check_length("length", self.length, at_least=10))
        if self.symbols not in WINDOWS:
            raise ValueError(f"symbols = {self.symbols!r}: must be 2 or 3, for 4 or 8 classes")

    @property
    def output_size(self) -> int:
        """Orders of the symbols: 4 or 8."""
        return 2 ** int(self.symbols)

    @property
    def windows(self) -> tuple[range, ...]:
        """Time steps in which the first, the second and the third symbol may be placed."""
        length = shortest(self.length)
        return tuple(
            range(begin * length // 100, (begin + WIDTH) * length // 100 + 1)
            for begin in WINDOWS[self.symbols]
        )

    @property
    def lag(self) -> int:
        """Steps that the gradient has to cross from the answer back to the earliest possible symbol."""
        return longest(self.length) - 1 - self.windows[0].start

    @property
    def fixed_lag(self) -> bool:
        """Whether all sequences are equally long, so that the symbols are far from every answer."""
        return isinstance(self.length, int)

    @property
    def informative(self) -> tuple[int, ...]:
        """Time steps in which a symbol may be placed."""
        return tuple(step for window in self.windows for step in window)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Sequences, Tensor]:
        """Draw a batch of sequences.

        Parameters
        ----------
        size : int
            Number of sequences.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, 8), or PackedSequence
            One-hot: four distractors, X, Y, start, trigger.
        targets : Tensor of int, shape (size,)
            The symbols read as a binary number, X as 0 and Y as 1, the first symbol most significant.

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        lengths = draw_lengths(self.length, size, generator)
        rows = torch.arange(size)
        shown = torch.randint(DISTRACTORS, (size, longest(self.length)), generator=generator)
        targets = torch.zeros(size, dtype=torch.int64)
        for window in self.windows:
            is_y = torch.randint(2, (size,), generator=generator)
            shown[rows, torch.randint(window.start, window.stop, (size,), generator=generator)] = X + is_y
            targets = 2 * targets + is_y
        shown[:, 0] = START
        shown[rows, lengths - 1] = TRIGGER
        inputs = functional.one_hot(shown, self.input_size).float()
        return pack(inputs, self.length, lengths), targets

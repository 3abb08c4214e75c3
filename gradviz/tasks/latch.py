"""The latch problem: remember one bit through noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradviz.arguments import check_bool, check_finite, check_whole_number
from gradviz.tasks.answers import Classification
from gradviz.tasks.lengths import Length, Sequences, check_length, draw_lengths, longest, pack, shortest


@dataclass(frozen=True)
class Latch(Classification):
    """The first ``signal`` inputs are 1 in class 1 and -1 in class 0; the rest is Gaussian noise.

    Parameters
    ----------
    length : int or (int, int)
        Time steps; or the smallest and the largest number of them.
    signal : int
        Number of time steps that carry the class, at least 1.
    variance : float
        Variance of the noise; 0 for no noise.
    noisy_signal : bool
        Whether noise is added to the signal too.

    Raises
    ------
    ValueError
        If a length is shorter than the signal, or the variance is below 0.

    References
    ----------
    Bengio, Simard and Frasconi (1994), "Learning long-term dependencies with gradient descent is
    difficult", IEEE Transactions on Neural Networks 5(2); signal and noise as in Hochreiter and
    Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiments 3a and, with a noisy
    signal, 3b.

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.latch(length=50, signal=3)
    >>> inputs, targets = task.batch(8, torch.Generator().manual_seed(0))
    >>> bool((inputs[:, 2, 0] == 2 * targets - 1).all())
    True
    >>> task.lag
    47
    """

    length: Length = 100
    signal: int = 3
    variance: float = 0.2
    noisy_signal: bool = False

    name: ClassVar[str] = "latch"
    input_size: ClassVar[int] = 1
    output_size: ClassVar[int] = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", check_length("length", self.length, at_least=1))
        check_whole_number(
            "signal",
            self.signal,
            at_least=1,
            at_most=shortest(self.length),
            hint=", the shortest length",
        )
        check_finite("variance", self.variance, at_least=0)
        check_bool("noisy_signal", self.noisy_signal)

    @property
    def lag(self) -> int:
        """Steps from the end of the signal to the answer, in the longest sequence."""
        return longest(self.length) - self.signal

    @property
    def fixed_lag(self) -> bool:
        """Whether all sequences are equally long, so that every answer needs the same lag."""
        return isinstance(self.length, int)

    @property
    def informative(self) -> range:
        """Time steps of the signal."""
        return range(self.signal)

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
        targets : Tensor of int, shape (size,)

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        lengths = draw_lengths(self.length, size, generator)
        targets = torch.randint(2, (size,), generator=generator)
        noise = torch.randn(size, longest(self.length), generator=generator)
        inputs = math.sqrt(self.variance) * noise
        if not self.noisy_signal:
            inputs[:, : self.signal] = 0
        inputs[:, : self.signal] += (2 * targets - 1).unsqueeze(-1)
        return pack(inputs.unsqueeze(-1), self.length, lengths), targets

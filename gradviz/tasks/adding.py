"""The adding problem: the sum of two marked numbers in a long sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.tasks.arguments import need_generator, whole_number


@dataclass(frozen=True)
class Adding:
    """Two of ``length`` numbers from U[0, 1] are marked, one in each half; the target is their sum.

    Parameters
    ----------
    length : int
        Time steps, at least 2.

    Raises
    ------
    ValueError
        When the length is not a whole number of at least 2.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 4;
    numbers from U[0, 1] and one mark a half as in Arjovsky, Shah and Bengio (2016), "Unitary evolution
    recurrent neural networks".
    """

    length: int = 100

    name: ClassVar[str] = "adding"
    input_size: ClassVar[int] = 2
    output_size: ClassVar[int] = 1
    every_step: ClassVar[bool] = False
    baseline: ClassVar[float] = 1 / 6
    baseline_meaning: ClassVar[str] = "always predict 1"

    def __post_init__(self) -> None:
        whole_number("length", self.length, 2)

    @property
    def lag(self) -> int:
        """Steps that the gradient has to cross from the answer back to the earliest possible mark."""
        return self.length - 1

    @property
    def informative(self) -> range:
        """Time steps of the first half, whose mark has to be remembered longest."""
        return range(self.length // 2)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Fresh sequences.

        Parameters
        ----------
        size : int
            How many.
        generator : torch.Generator

        Returns
        -------
        inputs : Tensor, shape (size, length, 2)
            The numbers, and beside each 1 if it is marked, else 0.
        targets : Tensor, shape (size, 1)

        Raises
        ------
        ValueError, TypeError
            For a size below 1, or anything but a generator.
        """
        whole_number("size", size, 1)
        need_generator(generator)
        half = self.length // 2
        values = torch.rand(size, self.length, generator=generator)
        first = torch.randint(half, (size,), generator=generator)
        second = torch.randint(half, self.length, (size,), generator=generator)
        rows = torch.arange(size)
        marks = torch.zeros(size, self.length)
        marks[rows, first] = 1
        marks[rows, second] = 1
        targets = values[rows, first] + values[rows, second]
        return torch.stack([values, marks], -1), targets.unsqueeze(-1)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean squared error of (size, 1) outputs.

        Raises
        ------
        ValueError
            For outputs of another shape, which would be broadcast.
        """
        if outputs.shape != targets.shape:
            raise ValueError(
                f"adding wants outputs of shape {tuple(targets.shape)}, one answer at the last step; "
                f"it got {tuple(outputs.shape)}"
            )
        return functional.mse_loss(outputs, targets)

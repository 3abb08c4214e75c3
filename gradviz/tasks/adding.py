"""The adding problem: the sum of two marked numbers in a long sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from gradviz.tasks.marked_values import MarkedValues


@dataclass(frozen=True)
class Adding(MarkedValues):
    """Two of ``length`` numbers from U[0, 1] are marked, one in each half; the target is their sum.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 2; or the smallest and the largest number of them.

    Raises
    ------
    ValueError
        If the length is anything else.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 4;
    numbers from U[0, 1] and one mark in each half as in Arjovsky, Shah and Bengio (2016), "Unitary evolution
    recurrent neural networks".

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.adding(length=100)
    >>> inputs, targets = task.batch(4, torch.Generator().manual_seed(0))
    >>> inputs.shape, targets.shape
    (torch.Size([4, 100, 2]), torch.Size([4, 1]))
    >>> task.lag
    99
    """

    name: ClassVar[str] = "adding"
    baseline: ClassVar[float] = 1 / 6
    baseline_meaning: ClassVar[str] = "always predict 1"

    def answer(self, first: Tensor, second: Tensor) -> Tensor:
        """Sum of the two marked numbers, elementwise."""
        return first + second

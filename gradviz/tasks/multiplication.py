"""The multiplication problem: the product of two marked numbers in a long sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from gradviz.tasks.marked_values import MarkedValues


@dataclass(frozen=True)
class Multiplication(MarkedValues):
    """Two of ``length`` numbers from U[0, 1] are marked, one in each half; the target is their product.

    A state that only adds up the marked numbers does not solve it.

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
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 5;
    one mark in each half as in the adding problem of Arjovsky, Shah and Bengio (2016), "Unitary evolution
    recurrent neural networks".

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.multiplication(length=20)
    >>> inputs, targets = task.batch(3, torch.Generator().manual_seed(0))
    >>> values, marks = inputs[..., 0], inputs[..., 1]
    >>> marks.sum(-1)
    tensor([2., 2., 2.])
    >>> bool(torch.allclose(values[marks == 1].view(3, 2).prod(-1), targets[:, 0]))
    True
    """

    name: ClassVar[str] = "multiplication"
    baseline: ClassVar[float] = 7 / 144
    baseline_meaning: ClassVar[str] = "always predict 1/4"

    def answer(self, first: Tensor, second: Tensor) -> Tensor:
        """Product of the two marked numbers, elementwise."""
        return first * second

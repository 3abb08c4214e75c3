"""The multiplication problem: the product of two marked numbers in a long sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from gradviz.tasks.marked_values import MarkedValues


@dataclass(frozen=True)
class Multiplication(MarkedValues):
    """Two of ``length`` numbers from U[0, 1] are marked, one in each half; the target is their product.

    A state that merely adds up what is marked does not solve it.

    Parameters
    ----------
    length : int or (int, int)
        Time steps, at least 2; of a pair, the shortest and the longest.

    Raises
    ------
    ValueError
        When the length is neither.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 5;
    one mark a half as in the adding problem of Arjovsky, Shah and Bengio (2016), "Unitary evolution
    recurrent neural networks".
    """

    name: ClassVar[str] = "multiplication"
    baseline: ClassVar[float] = 7 / 144
    baseline_meaning: ClassVar[str] = "always predict 1/4"

    def answer(self, first: Tensor, second: Tensor) -> Tensor:
        """Their product."""
        return first * second

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
        Time steps, at least 2; of a pair, the shortest and the longest.

    Raises
    ------
    ValueError
        When the length is neither.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 4;
    numbers from U[0, 1] and one mark a half as in Arjovsky, Shah and Bengio (2016), "Unitary evolution
    recurrent neural networks".
    """

    name: ClassVar[str] = "adding"
    baseline: ClassVar[float] = 1 / 6
    baseline_meaning: ClassVar[str] = "always predict 1"

    def answer(self, first: Tensor, second: Tensor) -> Tensor:
        """Their sum."""
        return first + second

"""The two-sequence problem with noisy targets: remember one bit, and learn what the target is on average."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.arguments import check_finite
from gradviz.tasks.answers import AT_LAST_STEP, Regression, check_outputs
from gradviz.tasks.latch import Latch
from gradviz.tasks.lengths import Length, Sequences

TARGETS = (0.8, 0.2)  # of sequences that begin with -1, and with 1


@dataclass(frozen=True)
class TwoSequences(Regression):
    """The first ``signal`` inputs are 1 or -1 and the rest is noise; the target is 0.2 or 0.8, with noise.

    The best answer is the noise-free target, with a loss of ``target_variance``.  The metric is the mean
    absolute difference from it, and the paper's goal is a metric below 0.015 with no difference above 0.1.

    Parameters
    ----------
    length : int or (int, int)
        Time steps; or the smallest number T of them and the largest.  The paper has T and T + T/10.
    signal : int
        Number of time steps that carry the class, at least 1.
    variance : float
        Variance of the Gaussian noise in the inputs; 0 for no noise.
    noisy_signal : bool
        Whether noise is added to the signal too.
    target_variance : float
        Variance of the Gaussian noise that is added to the target; 0 for no noise.

    Raises
    ------
    ValueError
        If a length is shorter than the signal, or a variance is below 0.

    References
    ----------
    Hochreiter and Schmidhuber (1997), "Long short-term memory", Neural Computation 9(8), experiment 3c; the
    inputs are those of experiment 3a, the two-sequence problem of Bengio, Simard and Frasconi (1994),
    "Learning long-term dependencies with gradient descent is difficult", IEEE Transactions on Neural
    Networks 5(2).

    Examples
    --------
    >>> import torch
    >>> import gradviz as gv
    >>> task = gv.tasks.two_sequences(length=50, target_variance=0)
    >>> inputs, targets = task.batch(8, torch.Generator().manual_seed(0))
    >>> bool((inputs[:, 0, 0] == torch.where(targets[:, 0] < 0.5, 1, -1)).all())
    True
    >>> round(task.baseline, 4), task.lag
    (0.09, 47)
    """

    length: Length = (100, 110)
    signal: int = 3
    variance: float = 0.2
    noisy_signal: bool = False
    target_variance: float = 0.1

    name: ClassVar[str] = "two_sequences"
    input_size: ClassVar[int] = 1
    baseline_meaning: ClassVar[str] = "always predict 1/2"
    metric_name: ClassVar[str] = "absolute_error"

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", self._inputs.length)
        check_finite("target_variance", self.target_variance, at_least=0)

    @property
    def _inputs(self) -> Latch:
        return Latch(self.length, self.signal, self.variance, self.noisy_signal)

    @property
    def baseline(self) -> float:
        """Mean squared error of 1/2: the square of 0.3, and the variance of the targets' noise."""
        return 0.09 + self.target_variance

    @property
    def lag(self) -> int:
        """Steps from the end of the signal to the answer, in the longest sequence."""
        return self._inputs.lag

    @property
    def fixed_lag(self) -> bool:
        """Whether all sequences are equally long, so that every answer needs the same lag."""
        return self._inputs.fixed_lag

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
        targets : Tensor, shape (size, 2)
            The target that the loss compares with, and the same without noise, for the metric.

        Raises
        ------
        ValueError, TypeError
            If the size is below 1, or the generator is not a ``torch.Generator``.
        """
        inputs, classes = self._inputs.batch(size, generator)
        noise_free = torch.tensor(TARGETS)[classes]
        noise = math.sqrt(self.target_variance) * torch.randn(size, generator=generator)
        return inputs, torch.stack([noise_free + noise, noise_free], -1)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean squared difference from the noisy targets.

        Parameters
        ----------
        outputs : Tensor, shape (size, 1)
        targets : Tensor, shape (size, 2)
            As `batch` draws them.

        Raises
        ------
        ValueError
            If the outputs have another shape.
        """
        return functional.mse_loss(self._checked(outputs, targets), targets[:, :1])

    def metric(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean absolute difference from the targets without noise."""
        return functional.l1_loss(self._checked(outputs, targets), targets[:, 1:])

    def _checked(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return check_outputs(self.name, outputs, (len(targets), 1), AT_LAST_STEP)

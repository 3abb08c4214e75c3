"""What a training step gives, and what it needs from a task."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from gradviz.errors import GradvizError
from gradviz.training.validation_set import Evaluation
from gradviz.vocabulary import GRAD_NORM

LEARNING_RATE, OMEGA, SEQUENCE_LENGTH = "learning_rate", "omega", "sequence_length"  # columns of the metrics


class Diverged(GradvizError, ArithmeticError):
    """The loss or its gradient is infinite or NaN."""

    exit_code = 1


class Trainable(Protocol):
    """What the loop needs from a task, either from `gradviz.tasks` or written by the user.

    If the task has them, the loop also uses ``metric`` with ``metric_name`` and ``metric_goal``,
    ``further_metrics`` by their names, which are only recorded, ``carries_state`` with ``segment``,
    ``validation_batch`` and ``validation``; see `Training`.
    """

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]: ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor: ...


class TrainingStep(NamedTuple):
    """Result of one training step.

    Attributes
    ----------
    step : int
        Number of the step, from 0.
    loss : float
    metrics : dict of str to float
        The task's metric on the same batch, if the task has one; ``grad_norm`` and ``grad_norm_clipped``, the
        2-norm of the gradient of all parameters before and after clipping.  Also ``learning_rate`` where it
        has a schedule, ``sequence_length`` under a curriculum, and ``omega`` where it is in the loss.
    evaluation : Evaluation or None
        That of the validation, where one follows this step.
    """

    step: int
    loss: float
    metrics: dict[str, float]
    evaluation: Evaluation | None = None

    @property
    def finite(self) -> bool:
        """Whether loss and gradient are finite; if not, the weights were not updated."""
        return math.isfinite(self.loss) and math.isfinite(self.metrics[GRAD_NORM])

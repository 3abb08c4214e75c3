"""The tasks of the population: small enough to be learned in seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

from gradviz.tasks.adding import Adding
from gradviz.tasks.copy_memory import CopyMemory
from gradviz.tasks.delayed_recall import DelayedRecall
from gradviz.tasks.latch import Latch
from gradviz.tasks.multiplication import Multiplication
from gradviz.tasks.parity import Parity
from gradviz.tasks.task_table import Task
from gradviz.tasks.temporal_order import TemporalOrder

Loss = Literal["cross_entropy", "mse", "bce"]
SOLVED = 0.75  # of the way from the trivial predictor to a perfect one


@dataclass(frozen=True)
class Assignment:
    """A task, and when it counts as solved.

    Attributes
    ----------
    draw : callable ``(size, generator) -> (inputs, targets)``
        Inputs (batch, time, feature), or packed.
    inputs, outputs : int
        Sizes.
    loss : {"cross_entropy", "mse", "bce"}
    lag : int or None
        Time steps that have to be bridged; None if nobody can say.
    trivial : float
        Accuracy, or squared error, of the trivial predictor.
    counted : callable ``targets -> mask``, optional
        The targets that have to be remembered.
    """

    draw: Callable[[int, torch.Generator], tuple[Any, Tensor]]
    inputs: int
    outputs: int
    loss: Loss
    lag: int | None
    trivial: float
    counted: Callable[[Tensor], Tensor] | None = None

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """0 for the trivial predictor, 1 for a perfect one; NaN if an output is not finite."""
        if not torch.isfinite(outputs).all():
            return float("nan")
        if self.loss == "mse":
            return 1 - functional.mse_loss(outputs, targets).item() / self.trivial
        if self.counted is not None:
            mask = self.counted(targets)
            outputs, targets = outputs[mask], targets[mask]
        guesses = (outputs > 0).to(targets.dtype) if self.loss == "bce" else outputs.argmax(-1)
        return ((guesses == targets).float().mean().item() - self.trivial) / (1 - self.trivial)


def _of(task: Task) -> Assignment:
    is_class = task.metric_name == "accuracy"
    trivial = 1 / len_of(task) if is_class else task.baseline
    loss: Loss = "cross_entropy" if is_class else "mse"
    counted = getattr(task, "recalled", None)
    return Assignment(task.batch, task.input_size, task.output_size, loss, task.lag, trivial, counted)


def len_of(task: Task) -> int:
    """Number of equally likely classes."""
    return task.alphabet if isinstance(task, CopyMemory) else task.output_size


def _as_one_number(task: Task) -> Assignment:
    """A task of two classes whose answer is one logit."""

    def draw(size: int, generator: torch.Generator) -> tuple[Any, Tensor]:
        inputs, targets = task.batch(size, generator)
        return inputs, targets.float().unsqueeze(1)

    return Assignment(draw, task.input_size, 1, "bce", task.lag, 0.5)


def _sines(length: int) -> Assignment:
    """The next value of a noisy sine of unknown frequency and phase."""

    def draw(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        frequency, phase = torch.rand(2, size, 1, generator=generator)
        angle = (0.3 + 0.9 * frequency) * torch.arange(length + 1.0) + 6.3 * phase
        signal = torch.sin(angle)
        noise = 0.05 * torch.randn(size, length, generator=generator)
        return (signal[:, :-1] + noise).unsqueeze(-1), signal[:, -1:]

    return Assignment(draw, 1, 1, "mse", None, 0.5)


def _early_sign(length: int) -> Assignment:
    """Whether the first of many real vectors points along the first axis; the others are noise."""

    def draw(size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        inputs = 0.7 * torch.randn(size, length, 3, generator=generator)
        targets = torch.randint(2, (size,), generator=generator)
        inputs[:, 0, 0] = (2.0 * targets - 1) * (0.5 + torch.rand(size, generator=generator))
        inputs[:, 1:, 2] = 0
        inputs[:, 0, 2] = 1
        return inputs, targets

    return Assignment(draw, 3, 2, "cross_entropy", length - 1, 0.5)


def _recall(length: int) -> Assignment:
    return _of(DelayedRecall(length=length, symbols=4, distractors=3))


def _ragged_recall(length: int) -> Assignment:
    return _of(DelayedRecall(length=(max(3, length // 2), length), symbols=4, distractors=3))


ASSIGNMENTS: dict[str, Callable[[int], Assignment]] = {
    "delayed_recall": _recall,
    "ragged_recall": _ragged_recall,
    "adding": lambda length: _of(Adding(length=length)),
    "multiplication": lambda length: _of(Multiplication(length=length)),
    "temporal_order": lambda length: _of(TemporalOrder(length=max(10, length))),
    "parity": lambda length: _of(Parity(length=length, bits=2)),
    "parity_logit": lambda length: _as_one_number(Parity(length=length, bits=2)),
    "latch": lambda length: _of(Latch(length=length, signal=2)),
    "latch_logit": lambda length: _as_one_number(Latch(length=length, signal=2)),
    "copy_memory": lambda length: _of(CopyMemory(delay=max(1, length - 4), symbols=2, alphabet=3)),
    "sines": _sines,
    "early_sign": _early_sign,
}

LENGTHS = {
    "adding": (6, 9),
    "multiplication": (6, 8),
    "parity": (5, 9),
    "parity_logit": (5, 9),
    "temporal_order": (10, 13),
    "copy_memory": (6, 9),
}
"""Shortest and longest sequences, where they are not `ANY_LENGTH`."""

ANY_LENGTH = (8, 18)

STEPS = {"adding": 500, "multiplication": 500, "parity": 500, "parity_logit": 500, "copy_memory": 400}
"""Training steps, where they are not `ANY_STEPS`."""

ANY_STEPS = 300
REGRESSIONS = ("adding", "multiplication", "sines")
LOGITS = ("parity_logit", "latch_logit")
CLASSES = ("delayed_recall", "temporal_order", "parity", "latch", "early_sign")
ONE_ANSWER = (*CLASSES, *REGRESSIONS, *LOGITS)
"""Tasks with sequences of one length and an answer at the last step."""


def assignment(name: str, length: int) -> Assignment:
    """The task of that name, with sequences of that length."""
    return ASSIGNMENTS[name](length)

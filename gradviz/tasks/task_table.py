"""The tasks by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from gradviz.arguments import check_one_of, check_options
from gradviz.tasks.adding import Adding
from gradviz.tasks.copy_memory import CopyMemory
from gradviz.tasks.delayed_recall import DelayedRecall
from gradviz.tasks.latch import Latch
from gradviz.tasks.multiplication import Multiplication
from gradviz.tasks.parity import Parity
from gradviz.tasks.random_permutation import RandomPermutation
from gradviz.tasks.temporal_order import TemporalOrder
from gradviz.tasks.text import Text


class Task(Protocol):
    """What training and plots ask of a task."""

    @property
    def name(self) -> str: ...

    @property
    def input_size(self) -> int: ...

    @property
    def output_size(self) -> int: ...

    @property
    def every_step(self) -> bool:
        """Whether an answer is asked for at every step, or at the last only."""

    @property
    def lag(self) -> int:
        """Time steps that a solution has to bridge."""

    @property
    def baseline(self) -> float:
        """Loss of the trivial predictor."""

    @property
    def baseline_meaning(self) -> str:
        """What the trivial predictor does, in a few words."""

    @property
    def informative(self) -> Sequence[int]:
        """The time steps that hold what must be remembered."""

    @property
    def metric_name(self) -> str:
        """What `metric` measures, for example ``"accuracy"``."""

    @property
    def metric_goal(self) -> Literal["max", "min"]:
        """Whether the metric is to be large or small."""

    def batch(self, size: int, generator: torch.Generator) -> tuple[Any, Any]:
        """Inputs and targets, of the arguments alone: tensors, or packed where the lengths differ."""

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """What training makes small: a scalar, of outputs and targets that are packed where the batch is."""

    def metric(self, outputs: Any, targets: Any) -> Tensor:
        """What is reported beside the loss: a scalar."""


TASKS: dict[str, Callable[..., Task]] = {
    "adding": Adding,
    "copy_memory": CopyMemory,
    "delayed_recall": DelayedRecall,
    "latch": Latch,
    "multiplication": Multiplication,
    "parity": Parity,
    "random_permutation": RandomPermutation,
    "temporal_order": TemporalOrder,
    "text": Text,
}


def make_task(name: str, **options: Any) -> Task:
    """The task of that name, for example ``make_task("adding", length=100)``.

    Raises
    ------
    UnknownName
        For a name that is not in the table, or an option that the task does not have.
    ValueError
        For a value of an option that makes no sense.
    """
    check_one_of("task", name, TASKS)
    check_options(f"the task {name!r}", options, TASKS[name])
    return TASKS[name](**options)

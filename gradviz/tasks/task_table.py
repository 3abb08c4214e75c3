"""Table of the tasks by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from gradviz.arguments import check_one_of, check_options
from gradviz.tasks.adding import Adding
from gradviz.tasks.adding_1997 import Adding1997
from gradviz.tasks.copy_memory import CopyMemory
from gradviz.tasks.delayed_recall import DelayedRecall
from gradviz.tasks.digits import Digits
from gradviz.tasks.dyck import Dyck
from gradviz.tasks.latch import Latch
from gradviz.tasks.mnist import Mnist
from gradviz.tasks.multiplication import Multiplication
from gradviz.tasks.parity import Parity
from gradviz.tasks.random_permutation import RandomPermutation
from gradviz.tasks.temporal_order import TemporalOrder
from gradviz.tasks.text import Text
from gradviz.tasks.two_sequences import TwoSequences


class Task(Protocol):
    """What training and plots need from a task.

    Examples
    --------
    >>> import gradviz as gv
    >>> task: gv.tasks.Task = gv.tasks.parity(length=8)
    >>> task.lag, round(task.baseline, 2), task.baseline_meaning
    (7, 0.69, 'every class equally likely')
    """

    @property
    def name(self) -> str: ...

    @property
    def input_size(self) -> int: ...

    @property
    def output_size(self) -> int: ...

    @property
    def every_step(self) -> bool:
        """Whether there is an answer at every step, or only at the last."""

    @property
    def lag(self) -> int:
        """Time steps that a solution has to bridge."""

    @property
    def fixed_lag(self) -> bool:
        """Whether the loss reads only answers that need about this lag, so that shorter ones earn nothing."""

    @property
    def baseline(self) -> float:
        """Loss of the trivial predictor."""

    @property
    def baseline_meaning(self) -> str:
        """What the trivial predictor does, in a few words."""

    @property
    def informative(self) -> Sequence[int]:
        """The time steps whose input must be remembered."""

    @property
    def metric_name(self) -> str:
        """What `metric` measures, for example ``"accuracy"``."""

    @property
    def metric_goal(self) -> Literal["max", "min"]:
        """Whether the metric should be large or small."""

    def batch(self, size: int, generator: torch.Generator) -> tuple[Any, Any]:
        """Inputs and targets, determined by the arguments alone: tensors, or packed if the lengths differ."""

    def loss(self, outputs: Any, targets: Any) -> Tensor:
        """Scalar that training minimises; outputs and targets are packed if the batch is."""

    def metric(self, outputs: Any, targets: Any) -> Tensor:
        """Scalar that is reported beside the loss."""


TASKS: dict[str, Callable[..., Task]] = {
    "adding": Adding,
    "adding_1997": Adding1997,
    "copy_memory": CopyMemory,
    "delayed_recall": DelayedRecall,
    "digits": Digits,
    "dyck": Dyck,
    "latch": Latch,
    "mnist": Mnist,
    "multiplication": Multiplication,
    "parity": Parity,
    "random_permutation": RandomPermutation,
    "temporal_order": TemporalOrder,
    "text": Text,
    "two_sequences": TwoSequences,
}


def make_task(name: str, **options: Any) -> Task:
    """Task of that name, for example ``make_task("adding", length=100)``.

    Parameters
    ----------
    name : str
        A key of ``gradviz.tasks.TASKS``.
    **options
        Options of the task, by name.

    Returns
    -------
    Task
        An instance of the task's class, with these options.

    Raises
    ------
    UnknownName
        If there is no such task, or it has no such option.
    ValueError
        If the value of an option is not valid, or an option is missing.

    Examples
    --------
    >>> import gradviz as gv
    >>> task = gv.tasks.make_task("copy_memory", delay=20)
    >>> task.lag
    30
    """
    check_one_of("task", name, TASKS)
    check_options(f"the task {name!r}", options, TASKS[name])
    return TASKS[name](**options)

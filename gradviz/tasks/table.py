"""The tasks by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor

from gradviz.errors import unknown_name
from gradviz.tasks.adding import Adding
from gradviz.tasks.arguments import need_options
from gradviz.tasks.copy_memory import CopyMemory
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
    def informative(self) -> range:
        """The time steps that hold what must be remembered."""

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]: ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor: ...


TASKS: dict[str, Callable[..., Task]] = {"adding": Adding, "copy_memory": CopyMemory, "text": Text}


def make_task(name: str, **options: Any) -> Task:
    """The task of that name, for example ``make_task("adding", length=100)``.

    Raises
    ------
    UnknownName
        For a name that is not in the table, or an option that the task does not have.
    """
    if name not in TASKS:
        raise unknown_name("task", name, TASKS)
    need_options(f"the task {name!r}", options, TASKS[name])
    return TASKS[name](**options)

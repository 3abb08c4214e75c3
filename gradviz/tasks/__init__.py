"""Tasks with long dependencies, one file for each task."""

from gradviz.tasks.adding import Adding as adding
from gradviz.tasks.copy_memory import CopyMemory as copy_memory
from gradviz.tasks.delayed_recall import DelayedRecall as delayed_recall
from gradviz.tasks.latch import Latch as latch
from gradviz.tasks.multiplication import Multiplication as multiplication
from gradviz.tasks.parity import Parity as parity
from gradviz.tasks.random_permutation import RandomPermutation as random_permutation
from gradviz.tasks.task_table import TASKS, Task, make_task
from gradviz.tasks.temporal_order import TemporalOrder as temporal_order
from gradviz.tasks.text import Text as text

__all__ = [
    "TASKS",
    "Task",
    "adding",
    "copy_memory",
    "delayed_recall",
    "latch",
    "make_task",
    "multiplication",
    "parity",
    "random_permutation",
    "temporal_order",
    "text",
]

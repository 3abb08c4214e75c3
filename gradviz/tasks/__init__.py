"""Tasks with long dependencies, one file for each task."""

from gradviz.tasks.adding import Adding as adding
from gradviz.tasks.adding_1997 import Adding1997 as adding_1997
from gradviz.tasks.copy_memory import CopyMemory as copy_memory
from gradviz.tasks.delayed_recall import DelayedRecall as delayed_recall
from gradviz.tasks.digits import Digits as digits
from gradviz.tasks.dyck import Dyck as dyck
from gradviz.tasks.latch import Latch as latch
from gradviz.tasks.mnist import Mnist as mnist
from gradviz.tasks.multiplication import Multiplication as multiplication
from gradviz.tasks.parity import Parity as parity
from gradviz.tasks.random_permutation import RandomPermutation as random_permutation
from gradviz.tasks.task_table import TASKS, Task, make_task
from gradviz.tasks.temporal_order import TemporalOrder as temporal_order
from gradviz.tasks.text import Text as text
from gradviz.tasks.two_sequences import TwoSequences as two_sequences

__all__ = [
    "TASKS",
    "Task",
    "adding",
    "adding_1997",
    "copy_memory",
    "delayed_recall",
    "digits",
    "dyck",
    "latch",
    "make_task",
    "mnist",
    "multiplication",
    "parity",
    "random_permutation",
    "temporal_order",
    "text",
    "two_sequences",
]

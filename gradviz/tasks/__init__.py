"""Synthetic tasks with long dependencies, one file a task."""

from gradviz.tasks.adding import Adding as adding
from gradviz.tasks.copy_memory import CopyMemory as copy_memory
from gradviz.tasks.table import TASKS, Task, make_task
from gradviz.tasks.text import Text as text

__all__ = ["TASKS", "Task", "adding", "copy_memory", "make_task", "text"]

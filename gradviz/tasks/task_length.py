"""The option of a task that sets how long its sequences are, for a curriculum over lengths."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

Task = TypeVar("Task")


def length_option(task: Any) -> str | None:
    """Name of the option that sets the length of a task's sequences.

    Parameters
    ----------
    task : Task, or its class
        A dataclass.  Its attribute ``length_option`` names the option; without it, it is ``length`` if the
        task has such an option.

    Returns
    -------
    str or None
        None if it has none, as a text.

    Examples
    --------
    >>> import gradviz as gv
    >>> from gradviz.tasks.task_length import length_option
    >>> [length_option(task()) for task in (gv.tasks.adding, gv.tasks.copy_memory, gv.tasks.text)]
    ['length', 'delay', None]
    """
    if not dataclasses.is_dataclass(task):
        return None
    options = {field.name for field in dataclasses.fields(task) if field.init}
    name = getattr(task, "length_option", "length")
    return name if name in options else None


def with_length(task: Task, length: int) -> Task:
    """The same task with sequences of another length.

    Parameters
    ----------
    task : Task
    length : int
        Value of the option that `length_option` names.

    Raises
    ------
    ValueError
        If the task cannot be that short.
    TypeError
        If it has no such option.

    Examples
    --------
    >>> import gradviz as gv
    >>> from gradviz.tasks.task_length import with_length
    >>> with_length(gv.tasks.copy_memory(delay=100, symbols=3), 5)
    CopyMemory(delay=5, symbols=3, alphabet=8)
    """
    option = length_option(task)
    if option is None:
        name = getattr(task, "name", type(task).__name__)
        raise TypeError(f"the task {name!r} has no option for the length of its sequences")
    changed: Task = dataclasses.replace(task, **{option: length})  # type: ignore[type-var]
    return changed

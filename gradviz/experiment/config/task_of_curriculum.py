"""The task of an experiment with a curriculum: that of its last length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradviz.tasks.task_length import length_option
from gradviz.tasks.task_table import TASKS


def with_last_length(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """An experiment's table, whose task has the last length of the curriculum where it names none itself.

    Parameters
    ----------
    table : mapping
        As it came from a file; what is wrong with it is found later.

    Returns
    -------
    mapping
        The same one, if there is nothing to add.
    """
    task, curriculum = table.get("task"), table.get("curriculum")
    if not isinstance(task, Mapping) or not isinstance(curriculum, Mapping):
        return table
    lengths, name = curriculum.get("lengths"), task.get("name")
    kind = TASKS.get(name) if isinstance(name, str) else None
    option = None if kind is None else length_option(kind)
    if option is None or option in task or not isinstance(lengths, list | tuple) or not lengths:
        return table
    return {**table, "task": {**task, option: lengths[-1]}}

"""``task = "mytasks.py:make"`` and ``model = "mymodel.py:make"`` as the tables that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradviz.experiment.own_code.reference import is_reference

TASK, MODEL = "task", "model"


def expanded(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of an experiment in which a task and a model that are given as text are tables.

    Parameters
    ----------
    table : mapping
        Content of a file.

    Returns
    -------
    dict
        ``task`` is ``{"name": ...}``; ``model`` is ``{"make": ...}``, or ``{"cell": ...}`` for a cell's name.
    """
    return {key: as_table(key, value) for key, value in table.items()}


def as_table(key: str, value: Any) -> Any:
    """The value of a top-level key, as a table if it is text that stands for one."""
    if not isinstance(value, str):
        return value
    if key == TASK:
        return {"name": value}
    if key == MODEL:
        return {"make": value} if is_reference(value) else {"cell": value}
    return value

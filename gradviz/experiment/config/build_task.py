"""Build the task that an experiment names: one of the table, or one of the user's own."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gradviz.experiment.config.own.own_factory import call_own
from gradviz.experiment.config.own.own_parts import shown_name, source_and_name
from gradviz.experiment.config.own.own_task import as_task, task_complaints
from gradviz.experiment.config.toml_values import lists_to_tuples
from gradviz.experiment.own_code.reference import BadSource, is_reference
from gradviz.tasks.task_table import Task, make_task

_MOST_KEPT = 4  # tasks of the user's own; each may hold a data set


def build_task(name: str, options: Mapping[str, Any]) -> Task:
    """The task of a name, with its options.

    Parameters
    ----------
    name : str
        A key of ``gradviz.tasks.TASKS``, or a reference to a function or class of the user's own.
    options : mapping
        As in a file: with lists, not tuples.

    Returns
    -------
    Task
        Of the same source and the same options it is a copy of the same object, which is made once and
        never used: what one run changes of its attributes, another does not see.

    Raises
    ------
    UnknownName, ValueError
        If there is no such task, an option is wrong, or what the user's code returns is not a task.
    """
    if not is_reference(name):
        return make_task(name, **lists_to_tuples(options))
    source, function = source_and_name(name)
    return copy.copy(_built(source.reference(function), json.dumps(options, sort_keys=True)))


@lru_cache(_MOST_KEPT)
def _built(name: str, options: str) -> Task:
    made = call_own(name, json.loads(options))
    complaints = task_complaints(made, f"{name.rpartition(':')[2]}()")
    if complaints:
        raise BadSource("; ".join(complaints))
    return as_task(made, shown_name(name))

"""A metric of the user's own: that of the task, whose own one is recorded beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

from gradviz.experiment.config.own.own_parts import own_part
from gradviz.experiment.config.own.own_task import with_attributes
from gradviz.tasks.task_table import Task


def measured(task: Task, spec: str | None, goal: str | None) -> Task:
    """A task with a metric of the user's own.

    Parameters
    ----------
    task : Task
    spec : str or None
        Reference to the metric; without one the task itself is returned.
    goal : {"max", "min"} or None
        Whether the metric should be large or small; None if it is not known.

    Returns
    -------
    Task
        A copy, whose ``further_metrics`` has the metric of the task by its name, if that is another one.

    Raises
    ------
    BadSource, UnknownName
        If the source of the metric fails, or does not have the name.
    """
    if spec is None:
        return task
    name = metric_name(spec)
    before, kind = getattr(task, "metric", None), type(task)

    def further(self: Any) -> dict[str, Any]:
        return {task.metric_name: partial(kind.metric, self) if hasattr(kind, "metric") else before}

    attributes = {"metric": own_part(spec), "metric_name": name, "metric_goal": goal}
    if before is not None and task.metric_name != name:
        attributes["further_metrics"] = property(further)
    made: Task = with_attributes(task, attributes)
    return made


def metric_name(spec: str) -> str:
    """The name under which a metric of the user's own is recorded: that of its function."""
    return spec.rpartition(":")[2]


def metric_names(task: Task) -> list[str]:
    """Names of the metrics of a task, the one that training stops at first; empty if it has none."""
    own = [task.metric_name] if getattr(task, "metric", None) is not None else []
    return [*own, *getattr(task, "further_metrics", {})]

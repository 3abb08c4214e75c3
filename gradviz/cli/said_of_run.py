"""What ``gradviz run --verbose`` says of an experiment before it is trained, and of its result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradviz.experiment.config.schema import Experiment
    from gradviz.experiment.run.result import Result
    from gradviz.tasks.task_table import Task


def before(experiment: Experiment, folder: Path, progress: str) -> str:
    """The experiment table by table, what its task asks for, and the folder of the run."""
    from gradviz.experiment.config.toml_values import as_toml

    lines = []
    for name, value in experiment.table().items():
        if isinstance(value, Mapping):
            lines.append(f"[{name}] {', '.join(f'{key} = {as_toml(one)}' for key, one in value.items())}")
        elif not isinstance(value, list):
            lines.append(f"{name} = {as_toml(value)}")
    lines += _asked(experiment.built_task)
    lines.append(f"folder {folder} ({progress})")
    return "\n".join(lines)


def _asked(task: Task) -> list[str]:
    """What is known of the task; a task of the user's own need not say its lag or its baseline."""
    known = []
    if task.lag:  # 0 where it is not known
        known.append(f"lag {task.lag}")
    if task.baseline is not None:
        meaning = f" ({task.baseline_meaning})" if task.baseline_meaning else ""
        known.append(f"the trivial predictor has {task.baseline:.4g}{meaning}")
    return ["; ".join(known)] if known else []


def after(result: Result) -> str:
    """How the run ended, with its last metrics."""
    final = ", ".join(f"{name} {value:.4g}" for name, value in result.final.items())
    return f"{result.outcome}: {result.steps} steps in {result.seconds:.1f} s; {final}"


def ended_by_stop_at(experiment: Experiment, result: Result) -> list[str]:
    """A line if the run ended before its last step because the task's metric had reached ``stop_at``."""
    how, limit = experiment.training, experiment.training.stop_at
    if limit is None or result.outcome != "done" or result.steps >= how.steps:
        return []
    task = experiment.built_task
    where = "in the validation" if experiment.validation else "on one training batch"
    return [
        f"stop_at: {task.metric_name} reached {limit:g} {where} after {result.steps} of {how.steps} steps"
    ]

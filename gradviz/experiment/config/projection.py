"""The projection of an LSTM in a model's table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradviz.experiment.config.schema import ModelConfig
from gradviz.experiment.config.table import Table
from gradviz.experiment.config.validation import Mistake, bad_value
from gradviz.tasks.task_table import Task
from gradviz.tasks.text import Text
from gradviz.vocabulary import CELL, HIDDEN_SIZE

PATH = "model.projection"


def projection_mistakes(table: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes of a projection beside the cell and the size of the state; the schema checks its own value.

    Parameters
    ----------
    table : mapping
        The table ``model`` of an experiment.
    """
    size, cell = table.get("projection"), table.get(CELL)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        return []
    if cell != "lstm":
        return [bad_value(PATH, size, f"must be left out for {cell}: of the cells only an lstm has one")]
    hidden = table.get(HIDDEN_SIZE, ModelConfig.model_fields[HIDDEN_SIZE].default)
    if isinstance(hidden, int) and size >= hidden:
        return [bad_value(PATH, size, f"must be below hidden_size = {hidden}")]
    return []


def mistakes_beside_task(model: Table, task: Task) -> list[Mistake]:
    """Mistakes of a projection beside the task: windows of a text are read by a model that has none."""
    if not isinstance(model, ModelConfig) or model.projection is None:
        return []
    if not isinstance(task, Text) or task.carries_state:
        return []
    reason = 'must be left out for windows of a text; form = "stream" can have one'
    return [bad_value(PATH, model.projection, reason)]

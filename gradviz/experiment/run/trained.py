"""Load the model of a run with the weights of its last checkpoint."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.toml import read_toml
from gradviz.experiment.run.build_model import build
from gradviz.experiment.run.checkpoint import load_checkpoint
from gradviz.experiment.run.folder import CHECKPOINT
from gradviz.runs.run_files import CONFIG
from gradviz.tasks.task_table import Task


def load_trained(folder: Path) -> tuple[nn.Module, Task]:
    """The model and the task of a run; the run may be unfinished.

    Raises
    ------
    FileNotFoundError
        If the folder contains no run, or the run has no checkpoint yet.
    BadExperiment, CannotResume
        If its files are damaged.
    """
    config = folder / CONFIG
    if not config.exists():
        raise FileNotFoundError(f"there is no run in {folder}: it has no {CONFIG}")
    checkpoint = load_checkpoint(folder)
    if checkpoint is None:
        raise FileNotFoundError(f"the run in {folder} has no {CHECKPOINT} yet")
    model, task = build(resolve(read_toml(config), lambda _: str(config)))
    model.load_state_dict(checkpoint.training["model"])
    return model, task

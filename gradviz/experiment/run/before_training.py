"""The model of a run as it was before its first training step."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import nn

from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.toml import read_toml
from gradviz.experiment.run.check_files import checked_config
from gradviz.tasks.task_table import Task


def load_untrained(folder: str | os.PathLike[str]) -> tuple[nn.Module, Task]:
    """The model with the weights from which a run started, on the CPU, and its task.

    The weights are drawn again from the run's seed, and so need no file but its configuration. Random
    numbers drawn elsewhere stay as they are.

    Parameters
    ----------
    folder : path-like
        Of the run, which may be unfinished.

    Returns
    -------
    Module, Task

    Raises
    ------
    FileNotFoundError
        If the folder contains no run.
    BadExperiment, NotAFile
        If its files are damaged, or not files.
    """
    folder = Path(folder)
    config = checked_config(folder)
    experiment = resolve(read_toml(config), lambda _: str(config), folder=folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(experiment.seed)
        return build(experiment)

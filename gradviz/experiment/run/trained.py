"""Load the model of a run with the weights of its last checkpoint, or with the best."""

from __future__ import annotations

import os
from pathlib import Path

from torch import nn

from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.checks.memory_estimate import check_memory
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.toml import read_toml
from gradviz.experiment.run.check_checkpoint import check_checkpoint
from gradviz.experiment.run.check_files import checked_config
from gradviz.experiment.run.checkpoint import CannotResume, load_checkpoint
from gradviz.experiment.run.folder import CHECKPOINT
from gradviz.experiment.run.validation_files import BEST, Best, load_best
from gradviz.tasks.task_table import Task


def load_trained(folder: str | os.PathLike[str], *, best: bool = False) -> tuple[nn.Module, Task]:
    """The model and the task of a run, on the CPU; the run may be unfinished.

    Parameters
    ----------
    folder : path-like
        Of the run.
    best : bool
        Whether to take the weights with the lowest validation loss instead of the last ones.

    Returns
    -------
    Module, Task
        The model, and the task that it was trained on.

    Raises
    ------
    FileNotFoundError
        If the folder contains no run, or the run has no checkpoint yet; with ``best``, if it has not been
        evaluated.
    BadExperiment, CannotResume, NotAFile
        If its files are damaged, or not files.

    Examples
    --------
    >>> import gradviz as gv
    >>> result = gv.run(
    ...     {
    ...         "name": "tiny",
    ...         "task": gv.tasks.adding(length=8),
    ...         "model": {"cell": "gru", "hidden_size": 4},
    ...         "training": {"steps": 3, "batch_size": 2},
    ...         "validation": {"every": 1, "batches": 1},
    ...     }
    ... )
    >>> model, task = gv.load_trained(result.folder, best=True)
    >>> task.name, sum(weight.numel() for weight in model.parameters())
    ('adding', 101)
    """
    folder = Path(folder)
    config = checked_config(folder)
    checkpoint = load_checkpoint(folder)
    if checkpoint is None:
        raise FileNotFoundError(f"the run in {folder} has no {CHECKPOINT} yet")
    experiment = resolve(read_toml(config), lambda _: str(config), folder=folder)
    check_memory(experiment)
    weights = _best(folder, fingerprint(experiment)) if best else None
    try:
        check_checkpoint(checkpoint, fingerprint(experiment))
        model, task = build(experiment)
        model.load_state_dict(checkpoint.training["model"] if weights is None else weights.model)
    except (LookupError, RuntimeError, ValueError, TypeError, AttributeError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise CannotResume(f"the weights of the run in {folder} cannot be used: {reason}") from error
    return model, task


def _best(folder: Path, run: str) -> Best:
    if not (folder / BEST).exists():
        raise FileNotFoundError(
            f"the run in {folder} has no {BEST}: only an experiment with [validation] keeps its best weights"
        )
    return load_best(folder, run)

"""`gradviz.run`: one experiment from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradviz.arguments import check_one_of
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.finished_run import FinishedRun
from gradviz.experiment.python_config import python_file
from gradviz.experiment.run.folder import run_folder
from gradviz.experiment.run.interrupt import Interrupted
from gradviz.experiment.run.run import Begin, UnfinishedRun
from gradviz.experiment.run.run import run as run_in_folder
from gradviz.experiment.sweep.remarks_on_claims import remarks_on_run
from gradviz.progress_bar import progress_bar
from gradviz.training.loop import TrainingStep

_BEGINNINGS = ("new", "resume", "fresh")


def run(
    config: str | os.PathLike[str] | Mapping[str, Any],
    *,
    runs: str | os.PathLike[str] = "runs",
    begin: Begin = "new",
    settings: Mapping[str, Any] | None = None,
) -> FinishedRun:
    """Train and record an experiment, as the command ``gradviz run`` does, and return its results.

    Parameters
    ----------
    config : path-like or dict
        The path of a TOML file, or its tables as a dict. In a dict, ``task`` may be a task, or a function or
        class that makes one; ``model``, or ``make`` in it, a function or class that makes the model; and
        ``optimizer`` and ``metric`` in ``training`` functions or classes. Their source becomes part of the
        run: of its name, and of its folder. Its paths are relative to the working directory.
    runs : path-like
        Folder for the run folders.
    begin : {"new", "resume", "fresh"}
        What to do with an unfinished run of this configuration: raise an error, go on with it, or delete it
        and start again. A run that is done is returned, and repeated only by ``"fresh"``.
    settings : dict, optional
        Values that replace those of the configuration, by dotted key: ``{"training.steps": 500}``.

    Returns
    -------
    FinishedRun
        With ``folder``, ``outcome``, ``steps``, ``final``, ``verdicts``; and, read when they are used,
        ``metrics`` (a DataFrame), ``tree`` (the recording) and ``model`` (the trained model).

    Raises
    ------
    BadExperiment
        If anything in the configuration is wrong; the message has one line for every mistake.
    UnfinishedRun
        If there is an unfinished run and ``begin`` is ``"new"``.
    Interrupted
        After Ctrl-C; everything up to that step is saved. Only the main thread listens to it.
    OwnCodeFailed
        If a function or class of the configuration raises an exception during the training.
    FileNotFoundError, TypeError
        If there is no such file, or the configuration is neither a path nor a dict.

    Examples
    --------
    >>> import gradviz as gv
    >>> result = gv.run(
    ...     {
    ...         "name": "tiny",
    ...         "task": gv.tasks.adding(length=8),
    ...         "model": {"cell": "gru", "hidden_size": 4},
    ...         "training": {"steps": 3, "batch_size": 2},
    ...     }
    ... )
    >>> result.outcome, result.steps, list(result.metrics)
    ('done', 3, ['loss', 'mse', 'grad_norm', 'grad_norm_clipped'])
    >>> result.folder.name
    'tiny-...'
    """
    check_one_of("begin", begin, _BEGINNINGS)
    file = python_file(config, settings)
    experiment = resolve(file.table, file.place, folder=file.folder)
    notes = tuple(remarks_on_run(file, experiment))
    folder = run_folder(Path(runs), experiment)
    try:
        with progress_bar(experiment.training.steps, unit="step", label=experiment.name) as bar:

            def show(step: TrainingStep) -> None:
                bar.update(step.step + 1 - bar.n)

            result = run_in_folder(experiment, folder, begin=begin, on_step=show)
            return FinishedRun(folder, result, notes)
    except UnfinishedRun:
        raise UnfinishedRun(
            f'{folder} contains an unfinished run: begin="resume" continues it, begin="fresh" starts it again'
        ) from None
    except Interrupted as error:
        raise type(error)(f'{error}; gv.run(..., begin="resume") continues') from None

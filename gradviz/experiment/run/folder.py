"""A run's folder: its files, and the progress of the run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import tomli_w

from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.own.own_parts import sources_in
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.own_code.source import keep
from gradviz.experiment.run.environment import environment
from gradviz.recording.atomic import remove_unfinished, write_atomically
from gradviz.recording.attributes import Scalar
from gradviz.recording.file_names import PARTS, RECORDING
from gradviz.runs.run_files import CONFIG, FIGURES, RESULT

METRICS = "metrics.csv"
CHECKPOINT = "checkpoint.pt"
ENVIRONMENT = "environment.json"
LOCK = ".lock"

Progress = Literal["new", "unfinished", "done"]


def run_folder(runs: Path, experiment: Experiment) -> Path:
    """The folder of an experiment's run: ``<name>-<8 hex digits of the resolved config>``."""
    return runs / f"{experiment.name}-{fingerprint(experiment)}"


def progress(folder: Path) -> Progress:
    """Whether a folder contains no run, an unfinished run, or a run that is done."""
    if (folder / RESULT).exists():
        return "done"
    begun = (CONFIG, METRICS, CHECKPOINT, ENVIRONMENT, RECORDING, PARTS)
    return "unfinished" if any((folder / name).exists() for name in begun) else "new"


def remove_broken(folder: Path) -> None:
    """Remove the temporary files of a process that was killed while writing."""
    for place in (folder, folder / FIGURES):
        remove_unfinished(place, alone=True)


def clear(folder: Path) -> None:
    """Remove a run. The result goes first, so that a removal cut short leaves the run unfinished."""
    (folder / RESULT).unlink(missing_ok=True)
    for inside in folder.iterdir():
        if inside.name == LOCK:
            continue
        if inside.is_dir():
            shutil.rmtree(inside)
        else:
            inside.unlink()


def write_description(folder: Path, experiment: Experiment, origin: Mapping[str, Scalar]) -> None:
    """Write the configuration, the sources and the environment of a run, unless they are there.

    Parameters
    ----------
    folder : Path
    experiment : Experiment
    origin : mapping
        As `gradviz.recording.provenance.provenance` returns it.

    Raises
    ------
    BadSource
        If a source that is there is another one.
    """
    for source in sources_in(experiment.model_dump()):
        keep(source, folder)
    if not (folder / ENVIRONMENT).exists():
        write_atomically(folder / ENVIRONMENT, (json.dumps(environment(origin), indent=2) + "\n").encode())
    if not (folder / CONFIG).exists():
        write_atomically(folder / CONFIG, tomli_w.dumps(experiment.table()).encode())

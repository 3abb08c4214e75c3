"""The job of a sweep's worker: one run at a time in its process, on one thread."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, NamedTuple

import torch

from gradviz.experiment.config.own.own_parts import sources_in
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.own_code.source import Source, remember
from gradviz.experiment.run.result import Result
from gradviz.experiment.run.run import run

_ALONE = threading.Lock()  # a run seeds torch's global generator; a worker may have several threads


class Job(NamedTuple):
    """A point of a sweep, in a form that can be sent to a worker.

    Attributes
    ----------
    table : dict
        Table of the resolved experiment.
    folder : str
        Absolute path of the run's folder; on a cluster, in a file system that all workers share.
    sources : tuple of Source
        Code of the user's own that the table names.
    """

    table: dict[str, Any]
    folder: str
    sources: tuple[Source, ...] = ()


def job_of(experiment: Experiment, folder: Path) -> Job:
    """The job of a resolved experiment, in the folder of its run."""
    table = experiment.table()
    return Job(table, str(folder.absolute()), tuple(sources_in(table)))


def do_job(job: Job) -> Result:
    """Train and record a point; a run that another worker began is resumed."""
    for source in job.sources:
        remember(source)
    with _ALONE:
        torch.set_num_threads(1)
        return run(resolve(job.table), Path(job.folder), begin="resume")

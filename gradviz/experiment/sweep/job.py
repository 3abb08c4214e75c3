"""What a worker of a sweep does: one run, alone in its process, on one thread."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, NamedTuple

import torch

from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.run.result import Result
from gradviz.experiment.run.run import run

_ALONE = threading.Lock()  # a run seeds torch's global generator; a worker may have several threads


class Job(NamedTuple):
    """A point of a sweep as it travels to a worker.

    Attributes
    ----------
    table : dict
        Of the resolved experiment.
    folder : str
        Absolute; on a cluster, in a file system that all its workers see.
    """

    table: dict[str, Any]
    folder: str


def do_job(job: Job) -> Result:
    """Train and record a point; one that another worker began goes on where that was stopped."""
    with _ALONE:
        torch.set_num_threads(1)
        return run(resolve(job.table), Path(job.folder), begin="resume")

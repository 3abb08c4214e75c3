"""Complete several runs of the gallery at the same time, each in a process with one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from gradviz.errors import GradvizError
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.lock import RunIsBusy
from gradviz.experiment.run.result import Result
from gradviz.experiment.run.run import run
from gradviz.experiment.sweep.job import Job
from gradviz.experiment.sweep.local_workers import run_locally
from gradviz.training.loop import TrainingStep

SECONDS_BETWEEN_LOOKS = 0.5  # at a run that another process is working on


class RunFailed(GradvizError, RuntimeError):
    """A run of a figure ended without a result."""

    exit_code = 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Make torch compute on one thread and with deterministic kernels within the block."""
    threads = torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        torch.set_num_threads(threads)


def complete(
    experiment: Experiment, folder: Path, *, on_step: Callable[[TrainingStep], None] | None = None
) -> Result:
    """Do a run, or what is left of it, on one thread; wait while another process is working on it.

    Parameters
    ----------
    experiment : Experiment
        Resolved.
    folder : Path
    on_step : callable, optional
        Called with every training step that is taken here.

    Returns
    -------
    Result
    """
    with one_thread():
        while True:
            try:
                return run(experiment, folder, begin="resume", on_step=on_step)
            except RunIsBusy:
                time.sleep(SECONDS_BETWEEN_LOOKS)


def complete_all(jobs: Sequence[Job], *, workers: int) -> Iterator[Result]:
    """Do runs, or what is left of them, in worker processes.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int
        How many run at the same time.

    Yields
    ------
    Result
        In the order in which the runs end.

    Raises
    ------
    RunFailed
        As soon as one ends without a result; the others stop after their step and can be resumed.
    """
    for index, end in run_locally(jobs, workers=workers, do=_do_job):
        if isinstance(end, str):
            raise RunFailed(f"{Path(jobs[index].folder).name}: {end}")
        yield end


def _do_job(job: Job) -> Result:
    return complete(resolve(job.table), Path(job.folder))

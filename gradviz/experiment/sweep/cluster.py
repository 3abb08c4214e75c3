"""Run a sweep on a dask cluster; if a worker is lost, another one takes over its run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradviz.errors import GradvizError
from gradviz.experiment.sweep.job import Job, do_job
from gradviz.experiment.sweep.local_workers import Done

_SECONDS_TO_ANSWER = 10


class NoCluster(GradvizError, RuntimeError):
    """Dask is not installed, or no scheduler answers."""


def run_on_cluster(jobs: Sequence[Job], *, scheduler: str) -> Iterator[Done]:
    """Do all jobs on the workers of a dask scheduler.

    Parameters
    ----------
    jobs : sequence of Job
        Their folders must be in a file system that all workers share.
    scheduler : str
        Address of the scheduler, for example ``tcp://10.0.0.1:8786``.

    Yields
    ------
    int, Result or str
        Index of a job, and its result or why it failed; in the order in which the jobs end.

    Raises
    ------
    NoCluster
        If dask is not installed or the scheduler does not answer.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise NoCluster("dask is not installed: install gradviz[cluster], or use local workers") from error
    try:
        client = Client(scheduler, timeout=_SECONDS_TO_ANSWER)
    except (OSError, ValueError) as error:
        raise NoCluster(f"no dask scheduler answers at {scheduler!r} ({error})") from error
    with client:
        futures = {client.submit(do_job, job, pure=False): index for index, job in enumerate(jobs)}
        for future in as_completed(futures):
            failure = future.exception()
            outcome = future.result() if failure is None else f"{type(failure).__name__}: {failure}"
            yield futures[future], outcome

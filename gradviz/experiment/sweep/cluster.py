"""Workers of a dask cluster: what a worker that is lost was doing, another does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradviz.errors import GradvizError
from gradviz.experiment.sweep.job import Job, do_job
from gradviz.experiment.sweep.local_workers import Done

_SECONDS_TO_ANSWER = 10


class NoCluster(GradvizError, RuntimeError):
    """There is no dask, or no scheduler that answers."""


def run_on_cluster(jobs: Sequence[Job], *, scheduler: str) -> Iterator[Done]:
    """Do all jobs on the workers of a scheduler.

    Parameters
    ----------
    jobs : sequence of Job
        Their folders lie in a file system that all workers see.
    scheduler : str
        Its address, for example ``tcp://10.0.0.1:8786``.

    Yields
    ------
    int, Result or str
        A job's place, and how it ended or why it failed; in the order in which they end.

    Raises
    ------
    NoCluster
        When dask is not installed or the scheduler does not answer.
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
        futures = {client.submit(do_job, job, pure=False): place for place, job in enumerate(jobs)}
        for future in as_completed(futures):
            failure = future.exception()
            what = future.result() if failure is None else f"{type(failure).__name__}: {failure}"
            yield futures[future], what

"""Run a sweep in processes on this machine; a crash or a timeout fails only that point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from contextlib import contextmanager
from typing import Any

from pebble import ProcessExpired, ProcessPool

from gradviz.experiment.run.result import Result
from gradviz.experiment.sweep.job import Job, do_job
from gradviz.experiment.sweep.worker_start import end_with_sweep, worker_context

Done = tuple[int, Result | str]


@contextmanager
def local_workers(
    *, workers: int, timeout: float | None = None, do: Callable[[Job], Result] = do_job
) -> Iterator[Callable[[Sequence[Job]], Iterator[Done]]]:
    """Worker processes that can be given jobs several times, and do not outlive this process.

    Parameters
    ----------
    workers : int
        Number of processes, and so of jobs at the same time.
    timeout : float, optional
        Seconds after which a job is stopped.
    do : callable
        Does one job; called in a worker process.

    Yields
    ------
    callable
        Takes jobs and yields for each its index, and its result or why it failed; in the order in which the
        jobs end.
    """

    def execute(jobs: Sequence[Job]) -> Iterator[Done]:
        waiting: dict[Future[Any], int] = {
            pool.schedule(do, args=(job,), timeout=timeout): index for index, job in enumerate(jobs)
        }
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), _ending(future, timeout)

    with ProcessPool(max_workers=workers, context=worker_context(), initializer=end_with_sweep) as pool:
        try:
            yield execute
        except BaseException:
            pool.stop()
            raise


def run_locally(
    jobs: Sequence[Job],
    *,
    workers: int,
    timeout: float | None = None,
    do: Callable[[Job], Result] = do_job,
) -> Iterator[Done]:
    """Do all jobs in worker processes that end with the last of them; see `local_workers`.

    Parameters
    ----------
    jobs : sequence of Job
    workers, timeout, do
        As `local_workers` takes them.

    Yields
    ------
    int, Result or str
        Index of a job, and its result or why it failed; in the order in which the jobs end.
    """
    with local_workers(workers=workers, timeout=timeout, do=do) as execute:
        yield from execute(jobs)


def _ending(future: Future[Any], timeout: float | None) -> Result | str:
    try:
        result: Result = future.result()
    except TimeoutError:
        return f"it took longer than {timeout:g} s"
    except ProcessExpired as error:
        return f"its worker died (exit code {error.exitcode})"
    except Exception as error:  # any error fails only this point
        return f"{type(error).__name__}: {error}"
    return result

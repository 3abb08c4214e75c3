"""Workers on this machine: one that crashes or takes too long fails its point alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from typing import Any

from pebble import ProcessExpired, ProcessPool

from gradviz.experiment.run.result import Result
from gradviz.experiment.sweep.job import Job, do_job

Done = tuple[int, Result | str]


def run_locally(
    jobs: Sequence[Job],
    *,
    workers: int,
    timeout: float | None = None,
    do: Callable[[Job], Result] = do_job,
) -> Iterator[Done]:
    """Do all jobs, at most so many at once.

    Parameters
    ----------
    jobs : sequence of Job
    workers : int
        Processes.
    timeout : float, optional
        Seconds after which a job is stopped.
    do : callable
        What is done with a job, in another process.

    Yields
    ------
    int, Result or str
        A job's place, and how it ended or why it failed; in the order in which they end.
    """
    context = multiprocessing.get_context("spawn")  # a forked torch may hang
    with ProcessPool(max_workers=workers, context=context) as pool:
        try:
            waiting: dict[Future[Any], int] = {
                pool.schedule(do, args=(job,), timeout=timeout): place for place, job in enumerate(jobs)
            }
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), _ending(future, timeout)
        except BaseException:
            pool.stop()
            raise


def _ending(future: Future[Any], timeout: float | None) -> Result | str:
    try:
        result: Result = future.result()
    except TimeoutError:
        return f"it took longer than {timeout:g} s"
    except ProcessExpired as error:
        return f"its worker died (exit code {error.exitcode})"
    except Exception as error:  # whatever a point raises fails that point alone
        return f"{type(error).__name__}: {error}"
    return result

"""`gradviz.sweep`: many experiments from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch

from gradviz.arguments import check_whole_number
from gradviz.experiment.finished_run import FinishedRun
from gradviz.experiment.finished_sweep import FinishedSweep
from gradviz.experiment.python_config import python_file
from gradviz.experiment.sweep.cluster import run_on_cluster
from gradviz.experiment.sweep.job import Job, do_job
from gradviz.experiment.sweep.local_workers import Done, local_workers
from gradviz.experiment.sweep.main_module import main_not_imported
from gradviz.experiment.sweep.memory import check_memory_of_points
from gradviz.experiment.sweep.plan import read_plan
from gradviz.experiment.sweep.remarks_on_claims import remarks_on_points
from gradviz.experiment.sweep.run_plan import points_of_plan, run_count, run_plan
from gradviz.experiment.sweep.sweep import Executor
from gradviz.experiment.sweep.sweep_picture import draw_picture
from gradviz.experiment.sweep.sweep_results import write_results
from gradviz.progress_bar import progress_bar


def sweep(
    config: str | os.PathLike[str] | Mapping[str, Any],
    *,
    runs: str | os.PathLike[str] = "runs",
    workers: int | None = None,
    settings: Mapping[str, Any] | None = None,
    timeout: float | None = None,
    scheduler: str | None = None,
) -> FinishedSweep:
    """Train and record many experiments, as the command ``gradviz sweep`` does, and return the results.

    Parameters
    ----------
    config : path-like or dict
        As `gradviz.run` takes it, with a table ``sweep``: a list of values for each swept key, or a random or
        guided search, as in ``experiments/README.md``. The values of ``task``, ``model``, ``model.make``,
        ``training.optimizer`` and ``training.metric`` may be objects.
    runs : path-like
        Folder for the run folders. Points that are done are not repeated.
    workers : int, optional
        Number of processes on this machine, by default one for each core. 0 trains in this process, one point
        after the other, where a debugger can stop.
    settings : dict, optional
        Values that replace those of the configuration, by dotted key. That of a swept key narrows the sweep
        to it.
    timeout : float, optional
        Seconds after which a point is stopped; not for ``workers=0`` or a scheduler.
    scheduler : str, optional
        Address of a dask scheduler, whose workers train in place of local processes.

    Returns
    -------
    FinishedSweep
        Its ``table`` is a DataFrame with a row for each point; iterating over it yields the runs.

    Raises
    ------
    BadExperiment
        If anything in the configuration or at any point is wrong; the message names every mistake.
    NoCluster
        If a scheduler is given and dask is not installed, or the scheduler does not answer.
    ValueError
        If ``workers`` is negative, or given together with a scheduler.

    Notes
    -----
    Workers make every object again from the source that is kept with the run, so that objects need not be
    sent to them, and a script needs no ``if __name__ == "__main__":`` around this call.

    Examples
    --------
    >>> import gradviz as gv
    >>> found = gv.sweep(
    ...     {
    ...         "name": "tiny",
    ...         "task": gv.tasks.adding(length=8),
    ...         "model": {"cell": "gru", "hidden_size": 4},
    ...         "training": {"steps": 3, "batch_size": 2},
    ...         "sweep": {"model.cell": ["rnn", "gru"]},
    ...     },
    ...     workers=0,
    ... )
    >>> found.table["model.cell"].tolist(), [run.steps for run in found]
    (['rnn', 'gru'], [3, 3])
    """
    import pandas as pd

    chosen, where = _executor(workers, timeout, scheduler)
    file = python_file(config, settings)
    plan = read_plan(file)
    found = points_of_plan(file, plan)
    remarks = list(remarks_on_points(file, found, open_keys=plan.space))
    folder = Path(runs)
    if scheduler is None:
        check_memory_of_points(found, folder)
    bar = progress_bar(run_count(plan, found), unit="run", at_once=True)
    with main_not_imported(), chosen as execute, bar as shown:
        ends, trials = run_plan(file, plan, found, folder, execute, on_end=lambda _: shown.update())
    results = write_results(folder, (ends, trials), open_keys=plan.space)
    return FinishedSweep(
        folder=results.folder,
        picture=draw_picture(results.folder, [end.point for end in ends]),
        table=pd.read_csv(results.table),
        runs=tuple(FinishedRun(end.folder, end.end) for end in ends if not isinstance(end.end, str)),
        failures={end.point.label: end.failure for end in ends if end.failure},
        verdicts=tuple(results.verdicts),
        trials=tuple(trials),
        where=where,
        notes=(*plan.notes, *remarks),
    )


def _executor(
    workers: int | None, timeout: float | None, scheduler: str | None
) -> tuple[AbstractContextManager[Executor], str]:
    if scheduler is not None:
        if workers is not None or timeout is not None:
            raise ValueError("workers and timeout must be left out if a scheduler is given")
        return nullcontext(partial(run_on_cluster, scheduler=scheduler)), f"the workers of {scheduler}"
    count = (os.cpu_count() or 1) if workers is None else check_whole_number("workers", workers, at_least=0)
    if count == 0:
        if timeout is not None:
            raise ValueError("timeout must be left out if workers is 0: only a process can be stopped")
        return nullcontext(_do_here), "this process"
    words = f"{count} process{'es' if count > 1 else ''}"
    return local_workers(workers=count, timeout=timeout), words


def _do_here(jobs: Sequence[Job]) -> Iterator[Done]:
    threads = torch.get_num_threads()
    try:
        for number, job in enumerate(jobs):
            try:
                end: Any = do_job(job)
            except Exception as error:  # any error fails only this point
                end = f"{type(error).__name__}: {error}"
            yield number, end
    finally:
        torch.set_num_threads(threads)

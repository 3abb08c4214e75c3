"""A sweep: do the points that are not done yet, and collect the results of all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gradviz.errors import GradvizError
from gradviz.experiment.run.finished import read_finished
from gradviz.experiment.run.folder import progress
from gradviz.experiment.sweep.grid import Point, folder_of
from gradviz.experiment.sweep.job import Job, job_of
from gradviz.experiment.sweep.local_workers import Done
from gradviz.experiment.sweep.sweep_table import PointEnd

Executor = Callable[[Sequence[Job]], Iterator[Done]]


def sweep(
    points: Sequence[Point],
    runs: Path,
    executor: Executor,
    *,
    on_end: Callable[[PointEnd], None] | None = None,
) -> list[PointEnd]:
    """Do every point that is not done yet; points that are the same experiment are one run.

    Parameters
    ----------
    points : sequence of Point
    runs : Path
        Folder of the run folders.
    executor : callable
        Takes the remaining jobs and yields for each its index, and its result or why it failed.
    on_end : callable, optional
        Called with every point when it ends; first with those that were done before.

    Returns
    -------
    list of PointEnd
        In the order of the points.
    """
    notify = on_end or (lambda _: None)
    ends: dict[int, PointEnd] = {}
    for place, point in enumerate(points):
        folder = folder_of(runs, point)
        if progress(folder) == "done":
            ends[place] = _ended_before(point, folder)
            notify(ends[place])
    missing: dict[Path, list[int]] = {}
    for place, point in enumerate(points):
        if place not in ends:
            missing.setdefault(folder_of(runs, point), []).append(place)
    jobs = [job_of(points[places[0]].experiment, folder) for folder, places in missing.items()]
    folders = list(missing)
    for number, end in executor(jobs) if jobs else ():
        folder = folders[number]
        for place in missing[folder]:
            ends[place] = PointEnd(points[place], folder, end)
            notify(ends[place])
    return [ends[place] for place in range(len(points))]


def _ended_before(point: Point, folder: Path) -> PointEnd:
    try:
        return PointEnd(point, folder, read_finished(folder))
    except GradvizError as error:
        return PointEnd(point, folder, str(error))

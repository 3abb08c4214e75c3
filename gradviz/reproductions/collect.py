"""From the runs of a paper's claim to its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from gradviz.errors import BadRecording
from gradviz.experiment.run.result import Result
from gradviz.experiment.sweep.claims_file import with_curves
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.sweep_table import PointEnd
from gradviz.reproductions.claim_records import claim_records
from gradviz.reproductions.measured_numbers import MeasureFailed, measured_numbers
from gradviz.reproductions.paper_file import Paper
from gradviz.reproductions.plain_values import as_json, rounded_all
from gradviz.reproductions.reduced_curve import points_for
from gradviz.reproductions.result_file import ReproductionResult, RunRecord
from gradviz.reproductions.run_record import environment_of, run_record


class Collected(NamedTuple):
    """A result, and a line for everything that could not be measured."""

    result: ReproductionResult
    troubles: list[str]


def collect(
    paper: Paper, ends: Sequence[PointEnd], *, on_run: Callable[[PointEnd], None] | None = None
) -> Collected:
    """The result of a paper, of runs that are done.

    Parameters
    ----------
    paper : Paper
    ends : sequence of PointEnd
        As `gradviz.experiment.sweep.run_plan.run_plan` returns them.
    on_run : callable, optional
        Called before a run is measured.

    Returns
    -------
    Collected

    Raises
    ------
    OSError
        If what was measured cannot be kept beside a run.
    """
    runs = [with_curves(end) for end in ends]
    most, troubles = points_for(len(ends)), list[str]()
    records: list[RunRecord] = []
    missing: dict[str, str] = {}
    environments: list[dict[str, object]] = []
    measured: list[PointCurves] = []
    for end, run in zip(ends, runs, strict=True):
        if on_run is not None:
            on_run(end)
        found = _record(end, run, paper, most)
        numbers: dict[str, float] | None = None
        if isinstance(found, str):
            missing[end.point.label] = found
        else:
            numbers = _measured(end, paper, troubles)
            environment = as_json(environment_of(end.folder))
            if environment not in environments:
                environments.append(environment)
            place = environments.index(environment)
            told = {"measured": rounded_all(numbers), "environment": place}
            records.append(found.model_copy(update=told))
        once = None if numbers is None else {name: [value] for name, value in numbers.items()}
        measured.append(PointCurves(end.point, once))
    claims = ends[0].point.experiment.expect if ends else ()
    result = ReproductionResult(
        name=paper.name,
        told=as_json(paper.file.reproduction),
        table=as_json(paper.file.table),
        sweep=as_json(paper.file.sweep),
        environments=tuple(environments),
        runs=tuple(records),
        missing=missing,
        claims=(
            *claim_records(claims, runs, open_keys=paper.plan.space),
            *claim_records(paper.told.expect, measured, open_keys=paper.plan.space),
        ),
    )
    return Collected(result, troubles)


def _record(end: PointEnd, run: PointCurves, paper: Paper, most: int) -> RunRecord | str:
    """The record of a run, or why there is none."""
    if not isinstance(end.end, Result):
        return end.end
    if run.metrics is None:
        return "its metrics cannot be read"
    try:
        return run_record(run, end.folder, end.end, paper.told, most=most)
    except (BadRecording, FileNotFoundError) as error:
        return str(error)


def _measured(end: PointEnd, paper: Paper, troubles: list[str]) -> dict[str, float]:
    """What is measured on a run, on one thread as its training."""
    found: dict[str, float] = {}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for name in paper.told.measured:
            try:
                found |= measured_numbers(end.folder, name)
            except MeasureFailed as error:
                troubles.append(str(error))
    finally:
        torch.set_num_threads(threads)
    return found

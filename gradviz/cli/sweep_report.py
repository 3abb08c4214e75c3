"""What ``gradviz sweep`` says and writes at its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gradviz.cli.verbosity import is_quiet, remark
from gradviz.experiment.config.condition_values import in_words
from gradviz.experiment.run.expectations import Verdict
from gradviz.experiment.sweep.parquet_table import PARQUET, write_parquet
from gradviz.experiment.sweep.plan import Plan
from gradviz.experiment.sweep.run_plan import Ends
from gradviz.experiment.sweep.short_values import short_points
from gradviz.experiment.sweep.sweep_picture import draw_picture
from gradviz.experiment.sweep.sweep_results import write_results
from gradviz.experiment.sweep.sweep_table import PointEnd, saved_steps, table_rows
from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET, OPEN
from gradviz.experiment.sweep.trials import Trial, best


def report(
    found: Ends,
    runs: Path,
    plan: Plan,
    *,
    strict: bool,
    as_parquet: bool,
) -> int:
    """Say how the points ended, write the files of the sweep, print their paths and return the exit code.

    Parameters
    ----------
    found : sequence of PointEnd and sequence of Trial
        The latter are empty without a guided search.
    runs : Path
    plan : Plan
    strict : bool
        Name every claim that is not met, and let it count.
    as_parquet : bool
    """
    ends, trials = found
    for end in ends:
        if end.failure:
            click.echo(f"failed: {end.point.label}: {end.failure}", err=True)
    saved = saved_steps(ends)
    if saved.stopped:
        remark(saved)
    _say_best(plan, trials)
    missed = _missed(ends)
    counted = sum(len(end.end.verdicts) for end in ends if not isinstance(end.end, str))
    results = write_results(runs, found, open_keys=plan.space)
    _say_missed(ends, missed, strict)
    short = short_points([verdict.point for verdict in results.verdicts])
    for verdict, point in zip(results.verdicts, short, strict=True):
        if verdict.outcome != MET or not is_quiet():
            click.echo(verdict._replace(point=point), err=True)
    over_several = [verdict.outcome for verdict in results.verdicts]
    met, unmet = over_several.count(MET), over_several.count(NOT_MET)
    counts = [met + counted - len(missed), over_several.count(OPEN), unmet + len(missed)]
    failed = any(end.failure for end in ends)
    code = 1 if failed or (strict and (counts[1] or counts[2])) else 0
    if any(counts):
        _say_counts(counts, missed, strict=strict, failed=failed)

    click.echo(results.table)
    if as_parquet:
        click.echo(write_parquet(results.folder, table_rows(ends)))
    else:
        (results.folder / PARQUET).unlink(missing_ok=True)  # of an earlier call, with other results
    for path in (results.claims, results.trials):
        if path is not None:
            click.echo(path)
    picture = draw_picture(results.folder, [end.point for end in ends])
    if picture is not None:
        click.echo(picture)
    return code


def _say_counts(
    counts: Sequence[int], missed: Sequence[tuple[PointEnd, Verdict]], *, strict: bool, failed: bool
) -> None:
    """One line: how many claims are met, undecided and not met, and what this is for the exit code."""
    met, undecided, unmet = counts
    line = f"claims: {met} met, {undecided} undecided, {unmet} not met"
    if missed and not strict:
        line += f"; --strict names the {len(missed)} on single points that are not met"
    if strict and (undecided or unmet):
        line += "; exit code 1, since --strict needs all of them met"
    elif failed:
        line += "; exit code 1, since points failed"
    remark(line) if not strict else click.echo(line, err=True)


def _say_best(plan: Plan, trials: Sequence[Trial]) -> None:
    if not trials or plan.search is None:
        return
    states = [trial.state for trial in trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    found, metric = best(plan.search, trials), plan.search.metric
    told = "none is complete" if found is None else f"best: {metric} {found.value:.4g} at {found.label}"
    remark(f"{len(trials)} trials ({counts}); {told}")


def _missed(ends: Sequence[PointEnd]) -> list[tuple[PointEnd, Verdict]]:
    return [
        (end, verdict)
        for end in ends
        if not isinstance(end.end, str)
        for verdict in end.end.verdicts
        if not verdict.met
    ]


def _say_missed(ends: Sequence[PointEnd], missed: Sequence[tuple[PointEnd, Verdict]], strict: bool) -> None:
    if not strict or not missed:
        return
    values = short_points([end.point.values for end in ends])
    labels = {id(end): in_words(short) for end, short in zip(ends, values, strict=True)}
    for end, verdict in missed:
        value = "the run ended earlier" if verdict.value is None else f"measured {verdict.value:.4g}"
        source = f" ({verdict.source})" if verdict.source else ""
        click.echo(f"NOT MET: {verdict.claim}, at {labels[id(end)]}: {value}{source}", err=True)

"""``gradviz sweep``: train and record a grid of experiments, on this machine or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.completion import complete_experiments
from gradviz.cli.named_choice import NamedChoice
from gradviz.cli.shared_options import settings_option
from gradviz.cli.termination import TerminatedCommand
from gradviz.cli.uncollected import uncollected_imports
from gradviz.cli.verbosity import is_quiet, remark, say, say_versions, verbosity_options
from gradviz.progress_bar import progress_bar

if TYPE_CHECKING:
    from gradviz.experiment.config.experiment_file import ExperimentFile
    from gradviz.experiment.sweep.grid import Point
    from gradviz.experiment.sweep.plan import Plan
    from gradviz.experiment.sweep.run_plan import Ends
    from gradviz.experiment.sweep.sweep import Executor
    from gradviz.experiment.sweep.sweep_table import PointEnd


@click.command("sweep")
@click.argument("experiment", type=click.Path(path_type=Path), shell_complete=complete_experiments)
@settings_option
@click.option("--workers", type=click.IntRange(1), help="Number of local processes.  [default: one per core]")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), help="Longest time for a local run, in seconds."
)
@click.option(
    "--executor",
    type=NamedChoice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Where to run.",
)
@click.option("--scheduler", help="Address of the dask scheduler, for example tcp://10.0.0.1:8786.")
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder for the run folders.",
)
@click.option("--dry-run", is_flag=True, help="List the points and the progress of each; run nothing.")
@click.option("--strict", is_flag=True, help="Exit with code 1 if a claim under [expect] is not met.")
@click.option(
    "--format",
    "table_format",
    type=NamedChoice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="With parquet the table is also written as sweep.parquet, which keeps the types of its columns.",
)
@verbosity_options
def command(
    *,
    experiment: Path,
    settings: tuple[str, ...],
    workers: int | None,
    timeout: float | None,
    executor: str,
    scheduler: str | None,
    runs: Path,
    dry_run: bool,
    strict: bool,
    table_format: str,
) -> int:
    """Train and record every point of the sweep under [sweep] in EXPERIMENT.

    EXPERIMENT is a TOML file, or the name of one that comes with gradviz (`gradviz list experiments`).

    Points that are done are not repeated. Prints the paths of the table of all points and of its picture. If
    a point fails, the others still run; the next call runs only what is not done. --set with a swept key
    narrows the sweep to that value.
    """
    if not dry_run and executor == "local" and not scheduler:
        from gradviz.experiment.sweep.worker_start import prepare_workers

        prepare_workers()  # first, to import in parallel with this process
    with uncollected_imports():
        from gradviz.experiment.config.experiment_file import read_file
        from gradviz.experiment.sweep.memory import check_memory_of_points
        from gradviz.experiment.sweep.parquet_table import check_parquet
        from gradviz.experiment.sweep.plan import read_plan
        from gradviz.experiment.sweep.remarks_on_claims import remarks_on_points
        from gradviz.experiment.sweep.run_plan import points_of_plan

    if table_format == "parquet":
        check_parquet()
    chosen = _executor(executor, scheduler, workers, timeout)
    file = read_file(experiment, settings)
    plan = read_plan(file)
    _say(plan.notes)
    found = points_of_plan(file, plan)
    _say(remarks_on_points(file, found, open_keys=plan.space))
    if dry_run:
        _list(file, plan, found, runs)
        return 0
    if executor == "local":
        check_memory_of_points(found, runs)
        _say(_idle_workers(plan, workers))
    say_versions()
    say(f"{len(found)} points of {found[0].experiment.name}")
    with chosen as execute:
        ends = _run_points(file, plan, found, runs, execute)
    from gradviz.cli.sweep_report import report

    return report(ends, runs, plan, strict=strict, as_parquet=table_format == "parquet")


def _say(lines: Iterable[object]) -> None:
    for line in lines:
        remark(line)


def _idle_workers(plan: Plan, workers: int | None) -> list[str]:
    """A line if a guided search leaves some of the workers that were asked for without work."""
    if plan.search is None or workers is None or plan.search.at_once * plan.places >= workers:
        return []
    most = plan.search.at_once * plan.places
    enough = -(-workers // plan.places)
    return [f"{most} of {workers} workers have work: set at_once = {enough} under [sweep.search] for all"]


def _executor(
    kind: str, scheduler: str | None, workers: int | None, timeout: float | None
) -> AbstractContextManager[Executor]:
    if kind == "local":
        from gradviz.experiment.sweep.local_workers import local_workers

        if scheduler:
            raise click.UsageError("--scheduler is for --executor dask")
        return local_workers(workers=workers or os.cpu_count() or 1, timeout=timeout)
    from gradviz.experiment.sweep.cluster import run_on_cluster

    if not scheduler:
        raise click.UsageError("--executor dask needs --scheduler ADDRESS")
    if workers or timeout:
        raise click.UsageError("--workers and --timeout are for --executor local")
    return nullcontext(partial(run_on_cluster, scheduler=scheduler))


def _list(file: ExperimentFile, plan: Plan, found: list[Point], runs: Path) -> None:
    from gradviz.experiment.run.folder import progress
    from gradviz.experiment.sweep.check_claims import claims_on_points
    from gradviz.experiment.sweep.grid import folder_of

    if plan.search is not None:
        from gradviz.experiment.sweep.search import known_points

        found = known_points(file, plan, runs)
        _say(["the points of a search: those done, and the next; the others depend on results"])
    for point in found:
        folder = folder_of(runs, point)
        click.echo(f"{folder}  {progress(folder)}  {point.label}")
    done = sum(progress(folder_of(runs, point)) == "done" for point in found)
    _say([f"{len(found)} point{'' if len(found) == 1 else 's'}, {done} done"])
    _say(claims_on_points([point.experiment for point in found]))


def _run_points(file: ExperimentFile, plan: Plan, found: list[Point], runs: Path, execute: Executor) -> Ends:
    from gradviz.experiment.sweep.run_plan import run_count, run_plan

    counts = {"done": 0, "failed": 0}
    with progress_bar(run_count(plan, found), unit="run", at_once=True, hidden=is_quiet()) as bar:

        def show(end: PointEnd) -> None:
            counts["failed" if end.failure else "done"] += 1
            say(f"{'failed' if end.failure else 'done'}: {end.point.label}: {end.folder}")
            bar.set_postfix(counts, refresh=False)
            bar.update()

        try:
            return run_plan(file, plan, found, runs, execute, on_end=show)
        except (KeyboardInterrupt, TerminatedCommand):
            bar.close()
            total = run_count(plan, found)
            remark(f"{counts['done']} of {total} points are done; the same command goes on with the others")
            raise

"""``gradviz sweep``: train and record a grid of experiments, on this machine or on a cluster."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.completion import complete_experiments
from gradviz.cli.shared_options import settings_option
from gradviz.cli.uncollected import uncollected_imports
from gradviz.cli.verbosity import bar_disabled, remark, say, say_versions, verbosity_options

if TYPE_CHECKING:
    from gradviz.experiment.sweep.grid import Point
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
    type=click.Choice(["local", "dask"]),
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
) -> int:
    """Train and record every point of the grid under [sweep] in EXPERIMENT, a TOML file.

    Points that are done are not repeated. Prints the paths of the table of all points and of its picture. If
    a point fails, the others still run; the next call runs only what is not done.
    """
    if not dry_run and executor == "local" and not scheduler:
        from gradviz.experiment.sweep.worker_start import prepare_workers

        prepare_workers()  # first, to import in parallel with this process
    with uncollected_imports():
        from gradviz.experiment.config.experiment_file import read_file
        from gradviz.experiment.sweep.grid import points, sweep_folder
        from gradviz.experiment.sweep.memory import check_memory_of_points
        from gradviz.experiment.sweep.sweep_table import saved_steps, write_sweep

    chosen = _executor(executor, scheduler, workers, timeout)
    found = points(read_file(experiment, settings))
    if dry_run:
        _list(found, runs)
        return 0
    if executor == "local":
        check_memory_of_points(found, runs)
    say_versions()
    say(f"{len(found)} points of {found[0].experiment.name}")
    ends = _sweep(found, runs, chosen)
    for end in ends:
        if end.failure:
            click.echo(f"failed: {end.point.label}: {end.failure}", err=True)
    saved = saved_steps(ends)
    if saved.stopped:
        remark(saved)
    folder = sweep_folder(runs, found)
    click.echo(write_sweep(folder, ends))
    picture = _draw(folder, found)
    if picture is not None:
        click.echo(picture)
    missed = any(not isinstance(end.end, str) and not end.end.as_expected for end in ends)
    return 1 if any(end.failure for end in ends) or (strict and missed) else 0


def _executor(kind: str, scheduler: str | None, workers: int | None, timeout: float | None) -> Executor:
    if kind == "local":
        from gradviz.experiment.sweep.local_workers import run_locally

        if scheduler:
            raise click.UsageError("--scheduler is for --executor dask")
        return partial(run_locally, workers=workers or os.cpu_count() or 1, timeout=timeout)
    from gradviz.experiment.sweep.cluster import run_on_cluster

    if not scheduler:
        raise click.UsageError("--executor dask needs --scheduler ADDRESS")
    if workers or timeout:
        raise click.UsageError("--workers and --timeout are for --executor local")
    return partial(run_on_cluster, scheduler=scheduler)


def _list(found: list[Point], runs: Path) -> None:
    from gradviz.experiment.run.folder import progress
    from gradviz.experiment.sweep.grid import folder_of

    for point in found:
        folder = folder_of(runs, point)
        click.echo(f"{folder}  {progress(folder)}  {point.label}")


def _sweep(found: list[Point], runs: Path, executor: Executor) -> list[PointEnd]:
    from tqdm import tqdm

    from gradviz.experiment.sweep.sweep import sweep

    counts = {"done": 0, "failed": 0}
    with tqdm(total=len(found), unit="run", disable=bar_disabled()) as bar:

        def show(end: PointEnd) -> None:
            counts["failed" if end.failure else "done"] += 1
            say(f"{'failed' if end.failure else 'done'}: {end.point.label}: {end.folder}")
            bar.set_postfix(counts, refresh=False)
            bar.update()

        return sweep(found, runs, executor, on_end=show)


def _draw(folder: Path, found: list[Point]) -> Path | None:
    """Draw the picture, with the trivial predictor if all runs share it.

    If no run has a finite loss there is none, and one of an earlier call is removed.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    import numpy as np
    import pandas as pd

    from gradviz.plots.drawing.canvas import figure_of
    from gradviz.plots.drawing.style import use_style
    from gradviz.plots.drawing.write_figure import write_figure
    from gradviz.plots.sweep import plot_sweep
    from gradviz.runs.run_files import TABLE
    from gradviz.vocabulary import LOSS

    path = folder / "sweep.png"
    table = pd.read_csv(folder / TABLE)
    if LOSS not in table or not np.isfinite(table[LOSS].astype(float)).any():
        path.unlink(missing_ok=True)
        return None
    tasks = [point.experiment.built_task for point in found]
    one = len({task.baseline for task in tasks}) == 1
    mpl.use("agg")
    with use_style("slides"):
        ax = plot_sweep(
            table,
            list(found[0].values),
            baseline=tasks[0].baseline if one else None,
            baseline_meaning=tasks[0].baseline_meaning,
        )
        write_figure(figure_of(ax), path)
        plt.close(figure_of(ax))
    return path

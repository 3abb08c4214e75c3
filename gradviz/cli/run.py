"""``gradviz run``: train and record one experiment."""

from __future__ import annotations

import importlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.completion import complete_experiments
from gradviz.cli.figure_files import figures_exist
from gradviz.cli.figures_process import figures_process
from gradviz.cli.shared_options import settings_option
from gradviz.cli.uncollected import uncollected_imports
from gradviz.cli.verbosity import is_quiet, remark, say, say_versions, verbosity_options
from gradviz.errors import GradvizError

if TYPE_CHECKING:
    from gradviz.experiment.config.schema import Experiment
    from gradviz.experiment.run.result import Result
    from gradviz.experiment.run.run import Begin


@click.command("run")
@click.argument("experiment", type=click.Path(path_type=Path), shell_complete=complete_experiments)
@settings_option
@click.option("--resume", is_flag=True, help="Continue an unfinished run.")
@click.option("--fresh", is_flag=True, help="Delete this run and start it again.")
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder for the run folders.",
)
@click.option("--strict", is_flag=True, help="Exit with code 1 if a claim under [expect] is not met.")
@verbosity_options
def command(
    *, experiment: Path, settings: tuple[str, ...], resume: bool, fresh: bool, runs: Path, strict: bool
) -> int:
    """Train and record EXPERIMENT and print the run's folder.

    EXPERIMENT is a TOML file, or the name of one that comes with gradviz (`gradviz list experiments`).

    A run that is done, or that stop_when or patience has stopped, is not repeated. An unfinished run
    continues with --resume and ends with exactly the same numbers. Values for --set are written as in TOML; a
    bare word is text.
    """
    if resume and fresh:
        raise click.UsageError("--resume continues a run and --fresh starts it again: give only one of them")
    with figures_process() as figures:
        with uncollected_imports():
            from gradviz.cli.said_of_run import after, before, ended_by_stop_at
            from gradviz.experiment.config.experiment_file import read_file, single_run
            from gradviz.experiment.run.folder import progress, run_folder
            from gradviz.experiment.sweep.remarks_on_claims import remarks_on_run

            importlib.import_module("gradviz.experiment.run.run")  # with all others, for later
        file = read_file(experiment, settings)
        resolved = single_run(file)
        for line in remarks_on_run(file, resolved):
            remark(line)
        folder = run_folder(runs, resolved)
        say_versions()
        say(before(resolved, folder, progress(folder)))
        if progress(folder) == "done" and not fresh:
            remark("this run is already done; --fresh repeats it")
        result = _run(resolved, folder, "fresh" if fresh else "resume" if resume else "new")
        say(after(result))
        for line in ended_by_stop_at(resolved, result):
            remark(line)
        _report(result)
        if not (figures_exist(folder) or figures.draw(folder)):
            _draw(folder)
        say(f"figures in {folder / 'figures'}")
        click.echo(folder)
    return 1 if result.outcome == "diverged" or (strict and not result.as_expected) else 0


def _run(experiment: Experiment, folder: Path, begin: Begin) -> Result:
    from gradviz.cli.training_bar import training_bar
    from gradviz.experiment.run.interrupt import Interrupted
    from gradviz.experiment.run.run import run

    try:
        with training_bar(experiment.training.steps, experiment.name) as show:
            return run(experiment, folder, begin=begin, on_step=show)
    except Interrupted as error:
        raise type(error)(f"{error}\ncontinue with: {_resume_command()}") from None


def _draw(folder: Path) -> None:
    """Draw the run's figures; an error is only printed, since the figures can be drawn again later."""
    try:  # the import too: matplotlib refuses an unknown MPLBACKEND
        from gradviz.cli.run_figures import draw_figures

        draw_figures(folder)
    except (OSError, GradvizError, ImportError, ValueError) as error:
        click.echo(f"the figures could not be drawn: {error}", err=True)


def _resume_command() -> str:
    """The command line that continues this run."""
    given = [word for word in sys.argv[1:] if word not in ("--resume", "--fresh")]
    return shlex.join(["gradviz", *given, "--resume"])


def _report(result: Result) -> None:
    from gradviz.experiment.run.result import DONE, STOPPED

    if result.message and result.outcome != DONE:  # of stop_at another line tells
        stopped = f"stopped early ({result.ended_by}): " if result.outcome == STOPPED else ""
        click.echo(f"{stopped}{result.message}", err=True)
    for verdict in result.verdicts:
        if verdict.met and is_quiet():
            continue
        word = "met" if verdict.met else "NOT MET"
        value = "the run ended earlier" if verdict.value is None else f"measured {verdict.value:.4g}"
        source = f" ({verdict.source})" if verdict.source else ""
        click.echo(f"{word}: {verdict.claim}: {value}{source}", err=True)

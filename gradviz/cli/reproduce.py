"""``gradviz reproduce``: run papers' claims again, and tell what came."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.completion import complete_papers
from gradviz.cli.termination import TerminatedCommand
from gradviz.cli.uncollected import uncollected_imports
from gradviz.cli.verbosity import is_quiet, remark, say, say_versions, verbosity_options
from gradviz.progress_bar import progress_bar

if TYPE_CHECKING:
    from gradviz.experiment.sweep.run_plan import Ends
    from gradviz.experiment.sweep.sweep import Executor
    from gradviz.experiment.sweep.sweep_table import PointEnd
    from gradviz.reproductions.paper_file import Paper
    from gradviz.reproductions.result_file import ReproductionResult
    from gradviz.reproductions.result_folder import Places


@click.command("reproduce")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_papers)
@click.option("--workers", type=click.IntRange(1), help="Number of local processes.  [default: one per core]")
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="Folder for the run folders.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the result files; the page and the figures go there too.  [default: experiments/results "
    "in a copy of the sources, with the page in experiments/ and the figures in figures/reproductions/; "
    "else reproductions]",
)
@click.option("--from-results", is_flag=True, help="Only write the page and the figures; run nothing.")
@click.option(
    "--list", "only_list", is_flag=True, help="List the papers and what is done of each; run nothing."
)
@verbosity_options
def command(
    *,
    names: tuple[str, ...],
    workers: int | None,
    runs: Path,
    results: Path | None,
    from_results: bool,
    only_list: bool,
) -> int:
    """Run again what papers claim, and write a page that tells what came.

    NAME is a paper of `gradviz reproduce --list`, or a TOML file with a table [reproduction]. Without a name
    all papers are run.

    A paper is a sweep with claims. Its runs are recorded, and what is to be told of them goes into one small
    result file. RESULTS.md and the figures are made from the result files alone. Runs that are done are not
    repeated. Prints the paths of the result files, of the page and of the figures. If a run fails, the others
    still run; the next call runs only what is not done.
    """
    if only_list and from_results:
        raise click.UsageError("--list and --from-results exclude each other")
    if from_results and names:
        raise click.UsageError("--from-results makes the page of all results: give no names with it")
    running = not only_list and not from_results
    if running:
        from gradviz.experiment.sweep.worker_start import prepare_workers

        prepare_workers()  # first, to import in parallel with this process
    with uncollected_imports():
        from gradviz.reproductions.paper_file import read_paper
        from gradviz.reproductions.result_folder import known_papers, paper_path, places

    paths = [] if from_results else [paper_path(name) for name in names] or list(known_papers().values())
    if not from_results:
        _check_names(paths)
    if only_list:
        for path in paths:
            click.echo(_listed(read_paper(path), runs))
        return 0
    there = places(results)
    failed = False
    papers = [read_paper(path) for path in paths]
    if running:
        from gradviz.experiment.run.lock import locked
        from gradviz.experiment.sweep.memory import check_memory_of_points

        for paper in papers:
            check_memory_of_points(paper.points, runs)
        say_versions()
        for folder in (runs, there.results):
            folder.mkdir(parents=True, exist_ok=True)
        with locked(runs):
            failed = _run_all(papers, runs, there, workers or os.cpu_count() or 1)
    return max(int(failed), _tell(papers, there))


def _check_names(paths: Sequence[Path]) -> None:
    """Raise if two files would have the same result file, or there is none."""
    if not paths:
        raise click.UsageError("there are no papers: experiments/papers has no .toml file")
    twice = [name for name, count in Counter(path.stem for path in paths).items() if count > 1]
    if twice:
        raise click.UsageError(
            f"{', '.join(twice)}: given twice; each paper has one result file, by its name"
        )


def _listed(paper: Paper, runs: Path) -> str:
    done, total = _done(paper, runs)
    told = paper.told
    return f"{paper.name}: {told.claim} ({told.source}; {told.minutes:g} min; {done} of {total} runs done)"


def _done(paper: Paper, runs: Path) -> tuple[int, int]:
    """How many runs of a paper are done, and how many it has."""
    from gradviz.experiment.run.folder import progress
    from gradviz.experiment.sweep.grid import folder_of
    from gradviz.experiment.sweep.run_plan import run_count

    total = run_count(paper.plan, paper.points)
    folders = {folder_of(runs, point) for point in paper.points}
    return min(total, sum(progress(folder) == "done" for folder in folders)), total


def _run_all(papers: Sequence[Paper], runs: Path, there: Places, workers: int) -> bool:
    """Whether any run failed."""
    from gradviz.experiment.sweep.local_workers import local_workers

    failed = False
    with local_workers(workers=workers) as execute:
        for place, paper in enumerate(papers):
            _announce(papers[place:], runs)
            failed |= _run(paper, runs, there, execute)
    return failed


def _announce(papers: Sequence[Paper], runs: Path) -> None:
    """Say what is left of the first of these papers, and of all of them."""
    counts = [_done(paper, runs) for paper in papers]
    minutes = [
        paper.told.minutes * (total - done) / total
        for paper, (done, total) in zip(papers, counts, strict=True)
    ]
    (done, total), name = counts[0], papers[0].name
    if done == total:
        remark(f"{name}: all {total} runs are done")
        return
    line = f"{name}: {total - done} of {total} runs to do, about {minutes[0]:.0f} min with 2 workers"
    if len(papers) > 1:
        line += f"; {sum(minutes):.0f} min for this and the {len(papers) - 1} after it"
    remark(line)


def _run(paper: Paper, runs: Path, there: Places, execute: Executor) -> bool:
    """Run a paper and write its result file; whether any run failed, or could not be measured."""
    from gradviz.experiment.sweep.sweep_results import write_results
    from gradviz.reproductions.collect import collect
    from gradviz.reproductions.result_file import write_result_file

    found = _ends(paper, runs, execute)
    ends = found[0]
    write_results(runs, found, open_keys=paper.plan.space)
    result, troubles = collect(paper, ends, on_run=lambda end: say(f"reads {end.folder}"))
    path = there.result_file(paper.name)
    if result.runs:
        write_result_file(path, result)  # before anything is said: nobody may be reading any more
    for label, reason in result.missing.items():
        click.echo(f"failed: {label}: {reason}", err=True)
    if any("--fresh" in reason for reason in result.missing.values()):  # an option of gradviz run
        click.echo("to start such a run again remove its folder, then give the same command", err=True)
    for line in troubles:
        click.echo(f"not measured: {line}", err=True)
    if not result.runs:
        click.echo(f"{paper.name}: none of its runs has a result, so {path} is not written", err=True)
        return True
    _say_counts(result)
    click.echo(path)
    return bool(result.missing or troubles)


def _ends(paper: Paper, runs: Path, execute: Executor) -> Ends:
    from gradviz.experiment.sweep.run_plan import run_count, run_plan

    total, counts = run_count(paper.plan, paper.points), {"done": 0, "failed": 0}
    with progress_bar(total, unit="run", label=paper.name, at_once=True, hidden=is_quiet()) as bar:

        def show(end: PointEnd) -> None:
            counts["failed" if isinstance(end.end, str) else "done"] += 1
            bar.set_postfix(counts, refresh=False)
            bar.update()

        try:
            return run_plan(paper.file, paper.plan, paper.points, runs, execute, on_end=show)
        except (KeyboardInterrupt, TerminatedCommand):
            bar.close()
            remark(
                f"{counts['done']} of {total} runs of {paper.name} are done; the same command goes on with "
                "the others"
            )
            raise


def _say_counts(result: ReproductionResult) -> None:
    from gradviz.experiment.sweep.sweep_verdict import MET, NOT_MET, OPEN

    counts = Counter(claim.outcome for claim in result.claims)
    remark(f"{result.name}: {counts[MET]} claims met, {counts[OPEN]} undecided, {counts[NOT_MET]} not met")


def _tell(papers: Sequence[Paper], there: Places) -> int:
    """Write the page and the figures from all result files there are; the exit code."""
    from gradviz.reproductions.result_folder import read_results

    results, damaged = read_results(there.results)
    for line in damaged:
        without = f"; {there.page} is written without it" if results else ""
        click.echo(f"{line}{without}", err=True)
    if not results:
        raise click.ClickException(f"there are no results in {there.results}; gradviz reproduce makes them")
    results, outdated = _of_now(results, papers, there)
    from gradviz.reproductions.figures import draw_figures
    from gradviz.reproductions.page import write_page

    there.page.parent.mkdir(parents=True, exist_ok=True)
    drawn = draw_figures(results, there.figures)
    write_page(results, there.page, there.figures, outdated=outdated)
    for path in (there.page, *drawn):
        click.echo(path)
    return int(bool(damaged))


def _of_now(
    results: Sequence[ReproductionResult], papers: Sequence[Paper], there: Places
) -> tuple[list[ReproductionResult], Collection[str]]:
    """The results with the texts of their files, and the names of those whose file has changed otherwise."""
    from gradviz.reproductions.outcomes_read import is_read, lines_to_note
    from gradviz.reproductions.paper_file import read_paper
    from gradviz.reproductions.result_file import write_result_file
    from gradviz.reproductions.result_folder import known_papers
    from gradviz.reproductions.up_to_date import is_of_paper, with_texts_of

    known = {paper.name: paper for paper in papers}
    others = {name: path for name, path in known_papers().items() if name not in known}
    found, outdated = [], []
    for result in results:
        if result.name in others:
            known[result.name] = read_paper(others[result.name])
        paper, path, now = known.get(result.name), there.result_file(result.name), result
        if paper is not None and not is_of_paper(result, paper):
            outdated.append(result.name)
            said = f"{path} is of an earlier {paper.file.path}: gradviz reproduce {result.name}"
            click.echo(f"{said} runs what has changed", err=True)
        elif paper is not None:
            now = with_texts_of(result, paper.file)
        if paper is not None and now is not result:
            write_result_file(path, now)
            remark(f"{path}: its texts are now those of {paper.file.path}")
        if paper is not None and result.name not in outdated and not is_read(now):
            click.echo(
                f"{paper.file.path}: its why_not and would_decide are not told, as they are not known to be "
                f"about these outcomes; once they are, note it in [reproduction]:\n{lines_to_note(now)}",
                err=True,
            )
        found.append(now)
    return found, outdated

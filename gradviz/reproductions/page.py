"""RESULTS.md: what papers claim, and what came when it was run again."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from gradviz.experiment.config.shipped_experiments import shipped_reproductions
from gradviz.recording.atomic import write_atomically
from gradviz.reproductions.claim_words import metric_in_words, numbers_in_short, point_in_words
from gradviz.reproductions.numbers_in_words import counted, table
from gradviz.reproductions.paper_section import paper_section, short_source
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.summary_picture import SUMMARY, has_summary, summary_alt
from gradviz.reproductions.summary_text import summary_text
from gradviz.reproductions.verdict_words import short_claim, verdict_of

_HOW = """\
`gradviz reproduce` runs all of it and writes this page; `gradviz reproduce --from-results` writes the page
from the result files alone, and `gradviz reproduce NAME` runs one paper.

*Met* and *not met* are said where an interval over the seeds lies on one side of what the claim asks. Where
it does not, *the seeds do not tell*."""

_TRIALS = "vanishing/README.md"

_OURS = """\
The claims are files in `experiments/papers`, the results files in `experiments/results`. The sizes are those
that two processor cores can do. Sizes and rates were chosen with other seeds. Where a budget was raised, or a
point was added, after a first round, the section says so under what differs."""


def write_page(
    results: Sequence[ReproductionResult], path: Path, figures: Path, *, outdated: Collection[str] = ()
) -> None:
    """Write the page of all results; an earlier one stays until the new one is complete.

    Parameters
    ----------
    results : sequence of ReproductionResult
        In the order in which they are told.
    path : Path
        The page, a Markdown file.
    figures : Path
        Folder of the pictures, as `gradviz.reproductions.figures.draw_figures` draws them.
    outdated : collection of str
        Names of papers whose file has changed since their runs.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_atomically(path, page_text(results, pictures=_relative(figures, path), outdated=outdated).encode())


def page_text(results: Sequence[ReproductionResult], *, pictures: str, outdated: Collection[str] = ()) -> str:
    """The page as Markdown.

    Parameters
    ----------
    results : sequence of ReproductionResult
    pictures : str
        Folder of the pictures, relative to the page, with slashes.
    outdated : collection of str
        Names of papers whose file has changed since their runs.
    """
    lines = [*_about(results), "", _sums(results), "", *_overview(results, outdated), ""]
    lines += ["## What the gradient of the first steps tells", ""]
    if has_summary(results):
        lines += [f"![{summary_alt(results)}]({pictures}/{SUMMARY}.svg)", ""]
    lines += [*summary_text(results, trials=_TRIALS if _are_ours(results) else ""), ""]
    for result in results:
        lines += paper_section(result, pictures=pictures, outdated=result.name in outdated)
    return "\n".join(lines).rstrip() + "\n"


def _about(results: Sequence[ReproductionResult]) -> list[str]:
    """The first lines: what this is, and of the papers that come with gradviz how their sizes were chosen."""
    seeds = min((len({run.seed for run in result.runs}) for result in results), default=0)
    what = (
        "Each section is a claim of a paper that was trained again, with "
        f"{counted(seeds, 'seed')} or more and with the gradient recorded."
    )
    lines = ["# What papers say, run again", "", what, "", _HOW]
    return [*lines, "", _OURS] if _are_ours(results) else lines


def _are_ours(results: Sequence[ReproductionResult]) -> bool:
    """Whether all papers are those that come with gradviz."""
    return bool(results) and {result.name for result in results} <= set(shipped_reproductions())


def _relative(figures: Path, path: Path) -> str:
    return Path(os.path.relpath(figures.absolute(), path.absolute().parent)).as_posix()


def _sums(results: Sequence[ReproductionResult]) -> str:
    runs = [run for result in results for run in result.runs]
    minutes = sum(run.cpu_seconds or run.seconds for run in runs) / 60
    return f"{counted(len(results), 'paper')}, {counted(len(runs), 'run')}, {minutes:.0f} processor minutes."


def _overview(results: Sequence[ReproductionResult], outdated: Collection[str]) -> list[str]:
    rows = []
    for result in results:
        note = " (the file has changed since)" if result.name in outdated else ""
        first = next(iter(result.claims), None)
        number = "–"
        if first is not None:
            parts = [metric_in_words(result, first), point_in_words(result, first)]
            about = ", ".join(part for part in parts if part)
            number = f"{f'{about}: ' if about else ''}{numbers_in_short(first)}"
        name = f"[{result.name}](#{result.name})"
        outcome = f"{verdict_of(result)}{note}"
        rows.append([name, short_source(result), short_claim(result), outcome, number])
    return table(["", "paper", "what it says", "here", "numbers of the first claim"], rows)

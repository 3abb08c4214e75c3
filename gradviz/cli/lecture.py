"""``gradviz lecture``: the figures as slides with speaker notes, or as a handout."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradviz.cli.completion import PAPERS, complete_slides
from gradviz.cli.figure_options import cache_option, language_option
from gradviz.cli.shared_options import dark_option, style_option
from gradviz.cli.verbosity import is_quiet, say, say_versions, verbosity_options
from gradviz.progress_bar import progress_bar

if TYPE_CHECKING:
    from gradviz.errors import GradvizError

_ENDINGS = (".pptx", ".pdf")


def _path(_: click.Context, __: click.Parameter, value: Path) -> Path:
    if value.suffix.lower() not in _ENDINGS:
        raise click.BadParameter(f"{str(value)!r}: must end in .pptx for slides, or in .pdf for the handout")
    return value


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> list[str]:
    return [name.strip() for value in values for name in value.split(",") if name.strip()]


def _names_option(name: str, about: str) -> Callable[[Any], Any]:
    return click.option(
        name, multiple=True, callback=_names, metavar="NAME", shell_complete=complete_slides, help=about
    )


def _check_place(pictures: Path) -> None:
    """Raise unless the folder of the pictures, and so the file beside it, can be written; it is made later.

    Raises
    ------
    UsageError
        If it is a file, or lies in one, or in a folder in which nothing may be written.
    """
    nearest = next(path for path in (pictures, *pictures.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise click.UsageError(f"cannot write into {pictures}: {nearest} is a file")
    if not os.access(nearest, os.W_OK):
        raise click.UsageError(f"cannot write into {pictures}: no permission to write into {nearest}")


@click.command("lecture")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("lecture.pptx"),
    show_default=True,
    callback=_path,
    help="The file: .pptx for slides, .pdf for a handout, two slides a page with their notes.",
)
@_names_option("--only", "Show these figures only; papers: what papers say.")
@_names_option("--without", "Leave these figures out, or the part on papers.")
@style_option
@dark_option
@language_option
@cache_option
@verbosity_options
def command(
    *,
    output: Path,
    only: list[str],
    without: list[str],
    style: str,
    dark: bool,
    language: str,
    cache: Path | None,
) -> int:
    """Write the whole lecture: 16:9 slides with titles that can be edited, alt texts and speaker notes.

    Prints the path of the file, and that of the folder beside it with every picture as PNG and SVG. A figure
    whose data fit none of the outcomes that it has words for gets no slide, and the exit code is 1.
    The part "papers" is drawn from the results that come with gradviz; its contents are in English.
    """
    from gradviz.arguments import check_one_of
    from gradviz.gallery.cache import Cache, cache_folder
    from gradviz.gallery.figure_table import FIGURES
    from gradviz.gallery.lecture.handout import write_handout
    from gradviz.gallery.lecture.powerpoint import require_python_pptx, write_powerpoint
    from gradviz.gallery.lecture.slides import lecture_slides
    from gradviz.gallery.make import Look
    from gradviz.reproductions.shipped_results import shipped_results
    from gradviz.reproductions.slides import paper_slides
    from gradviz.reproductions.summary_picture import has_summary

    for name in (*only, *without):
        check_one_of("figure", name, (*FIGURES, PAPERS))
    is_handout = output.suffix.lower() == ".pdf"
    if not is_handout:
        require_python_pptx()
    wanted = [name for name in only or (*FIGURES, PAPERS) if name not in without]
    names = [name for name in wanted if name != PAPERS]
    results = shipped_results() if PAPERS in wanted else []
    if not names and not results:
        why = "gradviz comes with no results of papers" if PAPERS in wanted else "--without leaves out all"
        raise click.UsageError(f"no figure is left to show: {why}")
    look = Look(style=style, dark=dark, language=language)
    pictures = output.with_name(f"{output.stem}-pictures")
    _check_place(pictures)
    say_versions()
    refused: list[GradvizError] = []
    with progress_bar(
        len(names) + len(results) + has_summary(results), unit="figure", at_once=True, hidden=is_quiet()
    ) as bar:

        def begin(name: str) -> None:
            say(f"making {name}")
            bar.set_description(name)
            bar.update()

        slides = lecture_slides(
            names,
            pictures,
            cache=Cache(cache or cache_folder(), on_step=lambda *_: None),
            look=look,
            on_figure=begin,
            on_refused=refused.append,
            papers=partial(paper_slides, results, pictures, look=look, on_figure=begin),
        )
    if is_handout:
        write_handout(slides, output)
    else:
        write_powerpoint(slides, output, dark=dark)
    click.echo(output)
    click.echo(pictures)
    for error in refused:
        click.echo(f"gradviz: left out: {error}", err=True)
    return 1 if refused else 0

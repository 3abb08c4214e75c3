"""``gradviz figure``: make one lecture figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.completion import complete_figures
from gradviz.cli.figure_options import cache_option, look_options
from gradviz.cli.verbosity import say_versions, verbosity_options

if TYPE_CHECKING:
    from gradviz.gallery.make import Look


@click.command("figure")
@click.argument("name", shell_complete=complete_figures)
@click.option(
    "-s",
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting of the figure, for example length=200; `gradviz list settings` shows them.",
)
@click.option("--title", help="Write this in place of the claim.")
@click.option("--panel", help="Draw only the panel with this name or title, for example LSTM.")
@look_options
@cache_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder to write into; the current one by default.",
)
@verbosity_options
def command(
    *,
    name: str,
    changes: tuple[str, ...],
    title: str | None,
    panel: str | None,
    look: Look,
    cache: Path | None,
    output: Path,
) -> None:
    """Make the lecture figure NAME; `gradviz list figures` shows the names.

    Runs the figure's small experiment, unless its result is in the cache, draws the figure, and prints the
    paths of the files. Its title says what the data show; with other settings that may be something else.
    """
    from gradviz.cli.figures_bar import make_figures

    say_versions()
    look = replace(look, title=title, panel=panel)
    for made in make_figures([name], output, cache, look, changes=changes):
        for path in made.paths:
            click.echo(path)

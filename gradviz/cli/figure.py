"""``gradviz figure``: make one lecture figure."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz.cli.figure_options import look_options, make_look


@click.command("figure")
@click.argument("name")
@look_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder to write into; the current one by default.",
)
def command(
    *,
    name: str,
    style: str,
    formats: tuple[str, ...],
    dark: bool,
    data: bool,
    cache: Path | None,
    output: Path,
) -> None:
    """Make the lecture figure NAME; `gradviz list figures` shows the names.

    Runs the figure's small experiment, unless its result is in the cache, draws the figure, and prints the
    paths of the files.
    """
    from gradviz.cli.figures_bar import make_figures

    for made in make_figures([name], output, cache, make_look(style, formats, dark, data)):
        for path in made.paths:
            click.echo(path)

"""``gradviz gallery``: make all lecture figures, and a page that shows them."""

from __future__ import annotations

from pathlib import Path

import click

from gradviz.cli.figure_options import look_options, make_look


@click.command("gallery")
@look_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("gradviz-gallery"),
    show_default=True,
    help="Folder to write into.",
)
def command(
    *, style: str, formats: tuple[str, ...], dark: bool, data: bool, cache: Path | None, output: Path
) -> None:
    """Make every lecture figure, and a README.md with their captions.

    Prints the paths of the files. The experiments take some minutes the first time; later calls read them
    from the cache.
    """
    from gradviz.cli.figures_bar import make_figures
    from gradviz.gallery.figure_table import FIGURES
    from gradviz.gallery.index import write_index

    figures = []
    for made in make_figures(list(FIGURES), output, cache, make_look(style, formats, dark, data)):
        figures.append(made)
        for path in made.paths:
            click.echo(path)
    click.echo(write_index(output, figures))

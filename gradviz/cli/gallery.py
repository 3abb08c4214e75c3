"""``gradviz gallery``: make all lecture figures, and a page that shows them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradviz.cli.figure_options import cache_option, look_options
from gradviz.cli.verbosity import say_versions, verbosity_options

if TYPE_CHECKING:
    from gradviz.errors import GradvizError
    from gradviz.gallery.make import Look


@click.command("gallery")
@look_options
@cache_option
@click.option("--check", is_flag=True, help="Print what every figure claims, and by which numbers.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("gradviz-gallery"),
    show_default=True,
    help="Folder to write into.",
)
@verbosity_options
def command(*, look: Look, cache: Path | None, check: bool, output: Path) -> int:
    """Make every lecture figure, and a README.md with their captions.

    Prints the paths of the files. The experiments take some minutes the first time; later calls read them
    from the cache. A figure whose data fit none of the outcomes that it has words for is left out, and the
    exit code is 1.
    """
    from gradviz.cli.figures_bar import check_figures, make_figures
    from gradviz.gallery.claims_text import claims_text
    from gradviz.gallery.figure_table import FIGURES
    from gradviz.gallery.index import write_index

    say_versions()
    refused: list[GradvizError] = []
    if check:
        for name, claims in check_figures(list(FIGURES), cache, look.language, on_refused=refused.append):
            click.echo(claims_text(name, claims))
    else:
        figures = []
        for made in make_figures(list(FIGURES), output, cache, look, on_refused=refused.append):
            figures.append(made)
            for path in made.paths:
                click.echo(path)
        click.echo(write_index(output, figures, language=look.language))
    for error in refused:
        click.echo(f"gradviz: left out: {error}", err=True)
    return 1 if refused else 0

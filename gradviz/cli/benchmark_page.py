"""``gradviz benchmark page``: make the page of a benchmark again, without measuring."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("page")
@click.argument("page", type=click.Path(path_type=Path, dir_okay=False))
def page_again(*, page: Path) -> None:
    """Make the tables and pictures of PAGE again from the results beside it.

    Those are in a file of the same name with the ending .json, which gradviz benchmark --page writes.
    """
    from gradviz.benchmark.write_page import remake_page

    for path in remake_page(page):
        click.echo(path)

"""``gradviz explore``: the lessons that move, as one page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("explore")
@click.argument("lesson", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("lessons.html"),
    show_default=True,
    help="The page: one file that needs no network.",
)
def command(*, lesson: str | None, output: Path) -> None:
    """Write the page of LESSON, or of all lessons, and print its path.

    Lessons ask a question, let one play, and say what there was to see. They compute in the browser. Their
    settings stand in the page's address, so that a link leads to a state.
    """
    from gradviz.report.page.html_page import require_bokeh, write_page

    require_bokeh()
    from gradviz.report.lessons.lesson_page import lesson_page
    from gradviz.report.lessons.lesson_table import LESSONS

    write_page(lesson_page([lesson] if lesson else LESSONS), output)
    click.echo(output)

"""``gradviz explore``: the lessons that move, as one page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gradviz.report.lessons.character_model import CharacterModel
    from gradviz.training.loop import TrainingStep


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

    The lesson which_letters needs the trained character model of the lecture figures. The first time, it is
    trained, which takes about a minute; then it is kept.
    """
    from gradviz.cli.page_folder import check_folder_of
    from gradviz.report.page.html_page import require_bokeh, write_page

    require_bokeh()
    check_folder_of(output)
    from gradviz.report.lessons.lesson_page import NEEDS_MODEL, lesson_page
    from gradviz.report.lessons.lesson_table import LESSONS

    names = [lesson] if lesson else LESSONS
    write_page(lesson_page(names, char_model=_char_model() if NEEDS_MODEL in names else None), output)
    click.echo(output)


def _char_model() -> CharacterModel:
    """The character model of the lecture figures, from their cache; if it must be trained, a bar shows it."""
    from contextlib import ExitStack

    from gradviz.cli.training_bar import training_bar
    from gradviz.gallery.cache import Cache, cache_folder
    from gradviz.gallery.character_lesson import STEPS, character_lesson

    with ExitStack() as stack:
        shown: list[Callable[[TrainingStep], None]] = []

        def show(_: str, step: TrainingStep) -> None:
            if not shown:
                click.echo("training the character model, once: about a minute", err=True)
                shown.append(stack.enter_context(training_bar(STEPS, "character model")))
            shown[0](step)

        return character_lesson(Cache(cache_folder(), on_step=show))

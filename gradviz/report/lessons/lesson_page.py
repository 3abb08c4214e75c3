"""The page of one lesson, or of all of them."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.report.lessons.character_model import CharacterModel, as_json
from gradviz.report.lessons.lesson_table import LESSONS, lesson
from gradviz.report.page.html_page import Page
from gradviz.report.page.template import fill_template

NEEDS_MODEL = "which_letters"


def lesson_page(names: Sequence[str] = LESSONS, *, char_model: CharacterModel | None = None) -> Page:
    """A page with these lessons, one seen at a time.

    Parameters
    ----------
    names : sequence of str
        Of `lesson_table.LESSONS`, in the order of the page.
    char_model : CharacterModel, optional
        For the lesson ``which_letters``, which without it says how to get it.

    Returns
    -------
    Page

    Raises
    ------
    UnknownName
        If there is no such lesson.
    """
    lessons = {name: lesson(name) for name in names}
    parts = {name: fill_template(f"lessons/{name}.html") for name in lessons}
    scripts = [script for found in lessons.values() for script in found.scripts]
    own = [f"lessons/{name}.js" for name in lessons]
    data = {name: dict(found.data()) for name, found in lessons.items()}
    if NEEDS_MODEL in data:
        data[NEEDS_MODEL]["model"] = None if char_model is None else as_json(char_model)
    only = len(lessons) == 1
    return Page(
        title=next(iter(lessons.values())).question if only else "Gradients through time: lessons that move",
        body=fill_template("lessons/lessons.html", lessons=lessons, parts=parts),
        figures={key: figure for found in lessons.values() for key, figure in found.figures().items()},
        scripts=[
            "lessons/end_badge.js",
            "lessons/steady_height.js",
            "lessons/lessons.js",
            *dict.fromkeys(scripts),
            *own,
        ],
        styles=["lessons/lessons.css", *(style for found in lessons.values() for style in found.styles)],
        data={"lessons": data},
    )

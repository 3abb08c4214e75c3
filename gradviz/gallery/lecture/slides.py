"""The slides of the lecture: its pictures, drawn without titles, and its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl

from gradviz.errors import GradvizError
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Notes
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.figure_table import PARTS
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.gallery.lecture.slide import Slide
from gradviz.gallery.lecture.slide_picture import slide_picture
from gradviz.gallery.make import Look
from gradviz.gallery.words import figure_words, use_language

_QUESTIONS = range(1, 6)
_REMEDIES = ("gates", "bias", "orthogonal", "clip", "window", "look")
_words = figure_words("lecture")

OnFigure = Callable[[str], None]
OnRefused = Callable[[GradvizError], None]


def lecture_slides(
    names: Sequence[str],
    folder: Path,
    *,
    cache: Cache,
    look: Look,
    on_figure: OnFigure,
    on_refused: OnRefused,
    papers: Callable[[], Sequence[Slide]] | None = None,
) -> list[Slide]:
    """Draw the figures of the lecture, and put them and the words into slides.

    Parameters
    ----------
    names : sequence of str
        The figures that are shown, in any order.
    folder : Path
        Gets a PNG in double resolution and an SVG of every figure; created if it is missing.
    cache : Cache
    look : Look
        Its style, its language and whether it is dark count.
    on_figure : callable
        Called with the name of every figure before it is made.
    on_refused : callable
        Called with the error of a figure whose data fit none of its outcomes; it gets no slide.
    papers : callable, optional
        Makes the slides of the part on papers, as `gradviz.reproductions.slides.paper_slides` does; called
        after the figures.

    Returns
    -------
    list of Slide
        A title, the outline, the figures in the order of the lecture, what papers say, what to do about it,
        and the five questions with their answers in the notes.
    """
    mpl.use("agg")
    with use_language(look.language):
        of_parts = {}
        for part, figures in PARTS.items():
            shown = []
            for name in figures:
                if name not in names:
                    continue
                on_figure(name)
                try:
                    shown.append(_figure_slide(name, folder, cache, look))
                except ClaimRefused as error:
                    on_refused(error)
            if shown:
                of_parts[part] = shown
        if papers is not None and (told := list(papers())):
            of_parts["papers"] = told
        outline = tuple(_words(f"part.{part}") for part in of_parts)
        return [
            Slide(_words("title"), (_words("subtitle"),)),
            Slide(_words("outline"), outline, notes=(_words("outline_notes"),)),
            *(slide for shown in of_parts.values() for slide in shown),
            Slide(_words("remedies"), tuple(_words(f"remedy.{key}") for key in _REMEDIES)),
            _questions(),
        ]


def _figure_slide(name: str, folder: Path, cache: Cache, look: Look) -> Slide:
    module, settings = gallery_figure(name), figure_settings(name)
    data = module.experiment(cache, settings)
    caption, notes = module.caption(data, settings), module.notes(data, settings)
    picture = slide_picture(lambda: module.compose(data, settings), folder, name, look=look, caption=caption)
    return Slide(caption.claim, picture=picture, alt=caption.alt, notes=_speech(notes, caption.measured))


def _speech(notes: Notes, measured: str) -> tuple[str, ...]:
    said = zip(("point", "ask", "answer"), notes, strict=True)
    return (*(_words(f"say.{part}", text=text) for part, text in said), _words("say.measured", text=measured))


def _questions() -> Slide:
    asked = tuple(f"{number}. {_words(f'question.{number}.ask')}" for number in _QUESTIONS)
    answers = tuple(f"{number}. {_words(f'question.{number}.answer')}" for number in _QUESTIONS)
    return Slide(_words("questions"), asked, notes=answers)

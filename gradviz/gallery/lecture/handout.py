"""Slides with their notes as a PDF to hand out, two on each page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from PIL import Image

from gradviz.gallery.lecture.slide import Slide
from gradviz.plots.drawing.fit_text import text_width
from gradviz.plots.drawing.palette import INK_LIGHT
from gradviz.plots.drawing.plain_text import plain_text
from gradviz.plots.drawing.style import use_style
from gradviz.recording.atomic import write_atomically

_PAGE = (8.27, 11.69)  # A4, in inches
_MARGIN, _GAP = 0.6, 0.12
_PICTURE_HEIGHT = 3.0
_PIXELS = 1600  # across a picture
_TITLE_SIZE, _TEXT_SIZE = 11.0, 9.5  # points
_NOTE_SIZES = (7.5, 7.0, 6.5, 6.0)  # the first with which the notes fit
_SAFE = 0.96  # of the width: letters are drawn a little wider than their outlines measure
_FOOT = 0.3  # for the number of the page, in inches
_LINE = 1.35  # height of a line, in sizes of its letters


def write_handout(slides: Sequence[Slide], path: Path) -> None:
    """Write a PDF with two slides on each page, each with its picture or text, and the notes below.

    Parameters
    ----------
    slides : sequence of Slide
    path : Path
        An earlier file stays until the new one is complete.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    whole = io.BytesIO()
    with use_style("paper"), mpl.rc_context({"pdf.fonttype": 42, "figure.constrained_layout.use": False}):
        about = {"Title": slides[0].title, "Creator": "gradviz", "CreationDate": None}
        with PdfPages(whole, metadata=about) as pages:
            for first in range(0, len(slides), 2):
                page = Figure(figsize=_PAGE)
                for place, slide in enumerate(slides[first : first + 2]):
                    _draw(page, slide, top=_PAGE[1] * (1 - place / 2) - _MARGIN)
                _number(page, first // 2 + 1)
                pages.savefig(page)
    write_atomically(path, whole.getbuffer())


def _draw(page: Figure, slide: Slide, *, top: float) -> None:
    """One slide from ``top`` (inches from the bottom of the page) down."""
    bottom = top - (_PAGE[1] / 2 - _MARGIN - _FOOT)
    top = _write(page, slide.title, top, _TITLE_SIZE, bold=True) - _GAP
    for text in slide.lines:
        top = _write(page, text, top, _TEXT_SIZE) - _GAP / 2
    below = _PICTURE_HEIGHT + _GAP if slide.picture else 0.0
    size, smaller = _fitting(slide.notes, top - bottom - below, may_take=below / 3)
    if slide.picture is not None:
        _show(page, slide.picture, top, height=_PICTURE_HEIGHT - smaller)
        top -= below - smaller
    for text in slide.notes:
        top = _write(page, text, top, size) - _GAP / 2


def _fitting(notes: Sequence[str], room: float, *, may_take: float) -> tuple[float, float]:
    """The largest size of letters with which notes fit, and how much lower their picture has to be."""
    for size in _NOTE_SIZES:
        height = sum(_height(_wrapped(text, size), size) + _GAP / 2 for text in notes)
        if height <= room + (may_take if size < _NOTE_SIZES[0] else 0):
            return size, max(0.0, height - room)
    return _NOTE_SIZES[-1], may_take


def _height(lines: str, size: float) -> float:
    return (lines.count("\n") + 1) * _LINE * size / 72


def _write(page: Figure, text: str, top: float, size: float, *, bold: bool = False) -> float:
    """Write text from ``top`` down, as wide as the page; return where it ends."""
    lines = _wrapped(text, size, bold=bold)
    page.text(
        _MARGIN / _PAGE[0],
        top / _PAGE[1],
        plain_text(lines),
        va="top",
        fontsize=size,
        fontweight="bold" if bold else "normal",
        color=INK_LIGHT,
        linespacing=_LINE / 1.2,
    )
    return top - _height(lines, size)


def _wrapped(text: str, size: float, *, bold: bool = False) -> str:
    """Lines filled with one word after the other, each of which is measured once."""
    width = (_PAGE[0] - 2 * _MARGIN) * 72 * _SAFE
    space = text_width("a a", size=size, bold=bold) - text_width("aa", size=size, bold=bold)
    lines: list[str] = []
    room = 0.0
    for word in text.split():
        needed = text_width(word, size=size, bold=bold)
        if lines and needed + space <= room:
            lines[-1] += f" {word}"
            room -= needed + space
        else:
            lines.append(word)
            room = width - needed
    return "\n".join(lines)


def _show(page: Figure, picture: Path, top: float, *, height: float) -> None:
    with Image.open(picture) as whole:
        small = whole.convert("RGB")
        small.thumbnail((_PIXELS, _PIXELS))
    pixels = np.asarray(small)
    width = min(_PAGE[0] - 2 * _MARGIN, height * small.width / small.height)
    height = width * small.height / small.width
    box = (_MARGIN / _PAGE[0], (top - height) / _PAGE[1], width / _PAGE[0], height / _PAGE[1])
    ax = page.add_axes(box)
    ax.imshow(pixels, aspect="auto", interpolation="none")
    ax.set_axis_off()


def _number(page: Figure, number: int) -> None:
    page.text(0.5, 0.25 / _PAGE[1], str(number), ha="center", fontsize=_NOTE_SIZES[0], color=INK_LIGHT)

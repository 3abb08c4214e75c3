"""Slides as a PowerPoint file."""

from __future__ import annotations

import datetime
import importlib.util
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from gradviz.errors import GradvizError
from gradviz.gallery.lecture.slide import Slide
from gradviz.gallery.lecture.slide_picture import HEIGHT, TITLE_HEIGHT, WIDTH
from gradviz.plots.drawing.palette import INK_DARK, INK_LIGHT, PAPER_DARK, PAPER_LIGHT
from gradviz.recording.atomic import write_atomically

_MARGIN, _BELOW = 0.4, 0.15  # inches
_TITLE_SIZE, _TEXT_SIZE = 22, 22  # points
_TITLE_ONLY = 5  # of the layouts of python-pptx's own template
_MADE = datetime.datetime(2000, 1, 1)  # the same bytes every time


class NoSlideWriter(GradvizError, ImportError):
    """python-pptx is not installed, or does not work."""


def require_python_pptx() -> None:
    """Raise `NoSlideWriter` unless python-pptx is installed and can be imported."""
    if importlib.util.find_spec("pptx") is None:
        raise NoSlideWriter(
            "slides need python-pptx: pip install 'gradviz[slides]'; -o lecture.pdf, the handout, does not"
        )
    try:
        import pptx.dml.color
        import pptx.enum.text
        import pptx.util  # noqa: F401
    except Exception as error:  # a broken package raises anything
        raise NoSlideWriter(
            f"python-pptx is installed, but importing it fails with {type(error).__name__}: {error}; "
            "install it again, or use -o lecture.pdf, the handout, which does not need it"
        ) from error


def write_powerpoint(slides: Sequence[Slide], path: Path, *, dark: bool = False) -> None:
    """Write slides, 16:9, with titles and text that can be edited, alt texts and speaker notes.

    Parameters
    ----------
    slides : sequence of Slide
    path : Path
        An earlier file stays until the new one is complete.
    dark : bool
        Light ink on a dark background.

    Raises
    ------
    NoSlideWriter
        If python-pptx is not installed or cannot be imported.
    OSError
        If it cannot be written.
    """
    require_python_pptx()
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    for slide in slides:
        _add(deck, slide, dark=dark)
    about = deck.core_properties
    about.title, about.author, about.created, about.modified = slides[0].title, "gradviz", _MADE, _MADE
    whole = io.BytesIO()
    deck.save(whole)
    write_atomically(path, whole.getbuffer())


def _add(deck: Any, slide: Slide, *, dark: bool) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Inches, Pt

    ink, paper = (INK_DARK, PAPER_DARK) if dark else (INK_LIGHT, PAPER_LIGHT)
    page = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    page.background.fill.solid()
    page.background.fill.fore_color.rgb = RGBColor.from_string(paper[1:].upper())
    number = len(deck.slides)
    is_first = number == 1
    title = page.shapes.title
    title.left, title.width = Inches(_MARGIN), Inches(WIDTH - 2 * _MARGIN)
    title.top, title.height = Inches(2.6 if is_first else 0.1), Inches(TITLE_HEIGHT - 0.1)
    _write(title.text_frame, [slide.title], Pt(40 if is_first else _TITLE_SIZE), ink, bold=True)
    if slide.picture:
        _add_picture(page, slide)
    elif slide.lines:
        top = title.top + title.height + Inches(0.6 if is_first else 0.2)
        box = page.shapes.add_textbox(
            Inches(_MARGIN), top, Inches(WIDTH - 2 * _MARGIN), Inches(HEIGHT) - top - Inches(0.3)
        )
        _write(box.text_frame, slide.lines, Pt(_TEXT_SIZE), ink)
    if not is_first:
        corner = page.shapes.add_textbox(Inches(WIDTH - 0.8), Inches(0.05), Inches(0.7), Inches(0.3))
        _write(corner.text_frame, [str(number)], Pt(11), ink)
    if slide.notes:
        page.notes_slide.notes_text_frame.text = "\n".join(slide.notes)


def _write(frame: Any, lines: Sequence[str], size: Any, ink: str, *, bold: bool = False) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE if bold else MSO_ANCHOR.TOP
    for place, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(0 if bold else 10)
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.bold = size, bold
        run.font.color.rgb = RGBColor.from_string(ink[1:].upper())


def _add_picture(page: Any, slide: Slide) -> None:
    """The picture below the title, as large as fits, in the middle."""
    from pptx.util import Inches

    with Image.open(str(slide.picture)) as picture:
        across, down = picture.size
    room = HEIGHT - TITLE_HEIGHT - _BELOW
    width = min(WIDTH - _MARGIN, room * across / down)
    left, height = (WIDTH - width) / 2, width * down / across
    added = page.shapes.add_picture(
        str(slide.picture), Inches(left), Inches(TITLE_HEIGHT + (room - height) / 2), Inches(width)
    )
    added.name = slide.title
    added._element.nvPicPr.cNvPr.set("descr", slide.alt)

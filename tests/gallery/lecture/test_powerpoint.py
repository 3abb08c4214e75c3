"""Slides in a PowerPoint file, read back."""

import importlib.util
import sys

import pptx
import pytest

from gradviz.gallery.lecture.powerpoint import NoSlideWriter, require_python_pptx, write_powerpoint

INCH = 914_400


@pytest.fixture
def deck(slides, tmp_path):
    write_powerpoint(slides, tmp_path / "lecture.pptx", dark=True)
    return pptx.Presentation(str(tmp_path / "lecture.pptx"))


def test_titles_text_and_notes_can_be_edited(deck):
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=1e-3)
    assert [slide.shapes.title.text for slide in deck.slides] == [
        "Why networks forget",
        "It falls",
        "Questions",
    ]
    first, second, third = deck.slides
    assert "one line" in [shape.text for shape in first.shapes if shape.has_text_frame]
    assert second.notes_slide.notes_text_frame.text == "POINT AT: the line\nASK: why?"
    assert "1. Why?\n2. How?" in [shape.text for shape in third.shapes if shape.has_text_frame]
    assert not first.has_notes_slide


def test_the_picture_fits_below_the_title_and_has_its_description(deck):
    (picture,) = [shape for shape in deck.slides[1].shapes if shape.shape_type == 13]
    assert picture._element.nvPicPr.cNvPr.get("descr") == "A line that falls."
    assert picture.width / picture.height == pytest.approx(4, rel=1e-3)
    assert picture.left >= 0
    assert picture.left + picture.width <= deck.slide_width + INCH / 100
    title = deck.slides[1].shapes.title
    assert picture.top >= title.top + title.height
    assert picture.top + picture.height <= deck.slide_height


def test_a_dark_slide_has_light_ink(deck):
    slide = deck.slides[1]
    assert str(slide.background.fill.fore_color.rgb) == "14121F"
    assert str(slide.shapes.title.text_frame.paragraphs[0].runs[0].font.color.rgb) == "F2E9E4"


@pytest.mark.parametrize("error", [ImportError, RuntimeError, AttributeError])
def test_a_broken_library_is_named(tmp_path, monkeypatch, error):
    broken = tmp_path / "pptx"
    broken.mkdir()
    (broken / "__init__.py").write_text(f"raise {error.__name__}('lxml is too old')")
    for name in [name for name in sys.modules if name.split(".")[0] == "pptx"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(
        NoSlideWriter, match=f"fails with {error.__name__}: lxml is too old; install it again"
    ):
        require_python_pptx()


def test_without_the_library_it_says_what_to_install(slides, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoSlideWriter, match=r"pip install 'gradviz\[slides\]'"):
        write_powerpoint(slides, tmp_path / "lecture.pptx")
    assert not (tmp_path / "lecture.pptx").exists()

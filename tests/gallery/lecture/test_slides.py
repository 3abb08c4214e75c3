"""Slides in the order of the lecture, with what to say."""

import pytest
from PIL import Image

from gradviz.gallery.cache import Cache
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figure_table import FIGURES, PARTS
from gradviz.gallery.lecture.slides import lecture_slides
from gradviz.gallery.make import Look
from gradviz.gallery.words import LANGUAGES, figure_words

SHOWN = ["bifurcation", "scalar_gradient"]


def slides_of(folder, names=SHOWN, **look):
    begun, refused = [], []
    slides = lecture_slides(
        names,
        folder,
        cache=Cache(folder),
        look=Look(**look),
        on_figure=begun.append,
        on_refused=refused.append,
    )
    return slides, begun, refused


def test_every_figure_is_in_one_part():
    in_parts = [name for names in PARTS.values() for name in names]
    assert in_parts == list(FIGURES)
    assert len(set(in_parts)) == len(in_parts)


def test_figures_come_in_the_order_of_the_lecture(tmp_path):
    slides, begun, refused = slides_of(tmp_path, style="slides")
    assert begun == ["scalar_gradient", "bifurcation"]
    assert not refused
    shown = [slide for slide in slides if slide.picture]
    assert [slide.picture.stem for slide in shown] == begun
    assert slides[1].lines == ("A gradient through time is a product of many factors",)
    assert len(slides[-1].lines) == len(slides[-1].notes) == 5
    for slide in shown:
        assert slide.alt
        assert [note.partition(":")[0] for note in slide.notes] == ["POINT AT", "ASK", "ANSWER", "MEASURED"]
        assert slide.picture.with_suffix(".svg").exists()
        with Image.open(slide.picture) as picture:
            across, down = picture.size
        assert across / down == pytest.approx(13.333 / 6.5, rel=2e-3)
        assert across >= 2600


def test_in_german_and_dark(tmp_path):
    slides, *_ = slides_of(tmp_path, ["bifurcation"], language="de", dark=True, style="paper")
    assert slides[0].title.startswith("Warum rekurrente Netze vergessen")
    assert next(slide for slide in slides if slide.picture).notes[1].startswith("FRAGEN: ")


def test_a_figure_that_says_nothing_gets_no_slide(tmp_path, monkeypatch):
    def refuse(*_):
        raise ClaimRefused("scalar_gradient: no words")

    monkeypatch.setattr("gradviz.gallery.figures.scalar_gradient.caption", refuse)
    slides, _, refused = slides_of(tmp_path, style="paper")
    assert [slide.picture.stem for slide in slides if slide.picture] == ["bifurcation"]
    assert [str(error) for error in refused] == ["scalar_gradient: no words"]


def test_the_answers_point_at_figures_that_exist():
    words = figure_words("lecture")
    for number in range(1, 6):
        for language in LANGUAGES:
            named = words.text(f"question.{number}.answer", language).rpartition(": ")[2].rstrip(".")
            assert set(named.split(", ")) <= set(FIGURES), number

"""Slides of papers: their titles, pictures and notes."""

import pytest
from invented_results import a_result

from gradviz.gallery.make import Look
from gradviz.gallery.words import use_language
from gradviz.reproductions.slides import paper_slides

pytestmark = pytest.mark.slow  # .ci/run runs them


def test_a_slide_for_the_summary_and_one_for_each_paper(tmp_path):
    begun = []
    slides = paper_slides([a_result()], tmp_path, look=Look(style="notebook"), on_figure=begun.append)
    assert begun == ["summary", "le2015"]
    assert [slide.picture.name for slide in slides] == [f"papers-{name}.png" for name in begun]
    assert slides[1].title.startswith("Met in 1 of 3 parts: ")
    assert [note.partition(":")[0] for note in slides[1].notes] == [
        "CLAIM",
        "WHAT WAS DONE",
        "NUMBERS",
        "OUTCOME",
    ]
    assert "11 runs, 6 seeds. 20 steps in place of 150" in slides[1].notes[1]
    assert slides[1].notes[3] == "OUTCOME: 1 of 3 met, 1 not met, 1 open."
    assert slides[1].alt


def test_in_german_the_notes_say_that_they_are_english(tmp_path):
    with use_language("de"):
        (slide,) = paper_slides([a_result(runs=[])], tmp_path, look=Look(), on_figure=lambda _: None)
    assert slide.notes[0].startswith("BEHAUPTUNG (englisch): ")
    assert slide.picture is None
    assert slide.lines[0].startswith("met: the loss is below")

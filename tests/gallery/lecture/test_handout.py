"""Slides and notes in a PDF."""

import re

import matplotlib.pyplot as plt
import pytest
from legible import text_boxes

from gradviz.gallery.lecture import handout
from gradviz.gallery.lecture.handout import write_handout
from gradviz.gallery.lecture.slide import Slide

pytestmark = pytest.mark.slow  # .ci/run runs them


def test_two_slides_on_each_page(slides, tmp_path):
    write_handout(slides, tmp_path / "handout.pdf")
    whole = (tmp_path / "handout.pdf").read_bytes()
    assert whole.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", whole)) == 2
    assert b"Why networks forget" in whole
    write_handout(slides, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == whole


@pytest.mark.parametrize("sentences", [5, 12])
@pytest.mark.parametrize("size", [(400, 195), (100, 400)])
def test_notes_of_a_lecture_fit_below_the_picture(slides, size, sentences):
    from PIL import Image

    Image.new("RGB", size).save(slides[1].picture)
    long = tuple("A sentence of some length, as a lecturer says it. " * sentences for _ in range(4))
    full = Slide("A title", picture=slides[1].picture, notes=long)
    page = plt.figure(figsize=handout._PAGE)
    handout._draw(page, full, top=handout._PAGE[1] - handout._MARGIN)
    page.draw_without_rendering()
    boxes = [box for _, box in text_boxes(page)]
    assert min(box.y0 for box in boxes) > page.bbox.y1 / 2
    assert max(box.x1 for box in boxes) < page.bbox.x1
    (ax,) = page.axes
    assert all(not ax.get_window_extent().overlaps(box) for box in boxes)
    plt.close(page)

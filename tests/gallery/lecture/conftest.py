"""Three slides."""

import pytest
from PIL import Image

from gradviz.gallery.lecture.slide import Slide


@pytest.fixture
def slides(tmp_path):
    """A title, a picture, and questions."""
    picture = tmp_path / "wide.png"
    Image.new("RGB", (400, 100), "#2b6089").save(picture)
    return [
        Slide("Why networks forget", ("one line",)),
        Slide(
            "It falls", picture=picture, alt="A line that falls.", notes=("POINT AT: the line", "ASK: why?")
        ),
        Slide("Questions", ("1. Why?", "2. How?"), notes=("1. So.", "2. So, too.")),
    ]

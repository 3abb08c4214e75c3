"""Every module in the figure table is a lecture figure."""

import inspect

import pytest

from gradviz.errors import UnknownName
from gradviz.gallery.figure_table import FIGURES
from gradviz.gallery.gallery_figure import GalleryFigure, gallery_figure

FUNCTIONS = ("experiment", "claims", "compose", "caption", "notes", "numbers")


@pytest.mark.parametrize("name", FIGURES)
def test_it_has_its_functions(name):
    module = gallery_figure(name)
    assert module.__name__ == f"gradviz.gallery.figures.{name}"
    assert module.__doc__
    for function in FUNCTIONS:
        asked = list(inspect.signature(getattr(GalleryFigure, function)).parameters)[1:]
        assert list(inspect.signature(getattr(module, function)).parameters) == asked
        assert getattr(module, function).__doc__


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UnknownName, match=r"unknown figure 'vanishin'; did you mean 'vanishing'\?"):
        gallery_figure("vanishin")

"""Making a figure, from its experiment to its files."""

import pandas as pd
import pytest

from gradviz.errors import UnknownName
from gradviz.gallery.cache import Cache
from gradviz.gallery.make import Look, make_figure


def test_pictures_and_numbers_are_written_the_same_twice(tmp_path):
    look = Look(style="paper", dark=True, formats=("svg", "png"), data=True)
    made = [make_figure("bifurcation", tmp_path / sub, cache=Cache(tmp_path), look=look) for sub in "ab"]
    assert [path.name for path in made[0].paths] == ["bifurcation.svg", "bifurcation.png", "bifurcation.csv"]
    for first, second in zip(made[0].paths, made[1].paths, strict=True):
        assert first.read_bytes() == second.read_bytes()
    table = pd.read_csv(made[0].paths[-1])
    assert list(table.columns) == ["varied", "value", "branch", "state", "slope"]
    assert made[0].caption.claim == "Above w = 1, one unit has two resting states and can hold a bit"


def test_unknown_names(tmp_path):
    with pytest.raises(UnknownName, match="unknown figure"):
        make_figure("none", tmp_path, cache=Cache(tmp_path), look=Look())
    with pytest.raises(UnknownName, match="unknown style 'slide'; did you mean 'slides'"):
        make_figure("bifurcation", tmp_path, cache=Cache(tmp_path), look=Look(style="slide"))

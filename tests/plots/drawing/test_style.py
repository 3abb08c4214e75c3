"""Styles hold for one block, and cells have fixed colours."""

import matplotlib as mpl
import pytest

from gradviz.cell_descriptions import CELLS
from gradviz.errors import UnknownName
from gradviz.plots.drawing.palette import CELL_COLOURS, GATE_COLOURS, cell_colour, lines_of
from gradviz.plots.drawing.style import STYLES, use_style


@pytest.mark.parametrize(
    ("name", "size", "body", "title"),
    [("slides", [13.33, 7.5], 18, 24), ("paper", [7.0, 4.0], 8, 10), ("notebook", [9.0, 5.2], 11, 14)],
)
def test_sizes(name, size, body, title):
    with use_style(name):
        assert mpl.rcParams["figure.figsize"] == size
        assert (mpl.rcParams["font.size"], mpl.rcParams["figure.titlesize"]) == (body, title)


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize(
    ("dark", "colours"), [(False, ("#ffffff", "#22223b")), (True, ("#14121f", "#f2e9e4"))]
)
def test_background_and_ink(name, dark, colours):
    with use_style(name, dark=dark):
        assert (mpl.rcParams["axes.facecolor"], mpl.rcParams["text.color"]) == colours
        assert (mpl.rcParams["figure.facecolor"], mpl.rcParams["xtick.color"]) == colours


def test_given_back_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), use_style("slides", dark=True):
        raise ZeroDivisionError
    assert dict(mpl.rcParams) == before


def test_unknown_style():
    with pytest.raises(UnknownName, match="did you mean 'slides'"), use_style("slide"):
        pass


def test_every_cell_and_gate_has_a_colour():
    assert CELL_COLOURS.keys() == CELLS.keys()
    assert GATE_COLOURS.keys() == {gate for cell in CELLS.values() for gate in cell.gates}
    with pytest.raises(UnknownName, match="unknown cell 'lsmt'"):
        cell_colour("lsmt")


def test_variants_differ_in_shade_and_dash():
    looks = lines_of(["lstm", "lstm", "gru", "lstm"])
    assert looks[0].colour == CELL_COLOURS["lstm"]
    assert len({look.colour for look in looks}) == 4
    assert len({str(look.dash) for look in looks[:2]}) == 2

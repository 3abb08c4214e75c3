"""The legend of gates: every name can be read, on white and on black."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from gradviz.plots.drawing.gate_legend import gate_legend
from gradviz.plots.drawing.palette import GATE_COLOURS, OTHER_GATE_COLOURS, ink, legible_colour, text_colour
from gradviz.plots.drawing.style import use_style


@pytest.mark.parametrize("dark", [False, True])
def test_names_have_their_colour_or_that_of_text(dark):
    with use_style("slides", dark=dark):
        ax = plt.figure().add_subplot()
        gate_legend(ax, ["forget", "write"])
        colours = [to_hex(text.get_color()) for text in ax.get_legend().get_texts()]
        assert colours[0] == to_hex(text_colour(GATE_COLOURS["forget"]))
        for colour in OTHER_GATE_COLOURS["dark" if dark else "light"]:
            assert legible_colour(colour) in (text_colour(colour), ink())


def test_a_pale_colour_is_not_one_for_text():
    with use_style("slides"):
        assert legible_colour("#c4ffc4") == ink()
        assert legible_colour("#624eb1") == "#624eb1"
    with use_style("slides", dark=True):
        assert legible_colour("#c4ffc4") == text_colour("#c4ffc4")

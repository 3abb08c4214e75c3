"""Diagrams without numbers."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgba

from gradviz.gallery.plain_diagram import HALF_HEIGHT, RADIUS, WIDE, gate, operation, prepare, wire
from gradviz.plots.drawing.palette import GATE_COLOURS, INK_LIGHT, PAPER_LIGHT, ink


@pytest.fixture
def ax():
    ax = plt.figure().add_subplot()
    prepare(ax, width=8, height=4)
    return ax


def test_the_axes_span_the_diagram(ax):
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 8), (0, 4))
    assert not ax.axison


def test_a_wire_is_in_ink_through_its_points(ax):
    wire(ax, [(0, 0), (1, 0), (1, 2)])
    assert ax.lines[0].get_color() == ink()
    assert ax.lines[0].get_xydata().tolist() == [[0, 0], [1, 0], [1, 2]]
    assert ax.texts[-1].arrow_patch is not None
    wire(ax, [(0, 0), (1, 0)], arrow=False)
    assert len(ax.texts) == 1


@pytest.mark.parametrize(("name", "words"), [("forget", PAPER_LIGHT), ("input", INK_LIGHT)])
def test_a_gate_has_its_colour_and_a_label_that_can_be_read(ax, name, words):
    gate(ax, (2, 1), name, "a gate", half_width=1.5)
    (box,) = ax.patches
    assert box.get_facecolor() == to_rgba(GATE_COLOURS[name])
    assert (box.get_x(), box.get_width()) == (0.5, 3)
    assert (box.get_y(), box.get_height()) == (1 - HALF_HEIGHT, 2 * HALF_HEIGHT)
    assert ax.texts[0].get_text() == "a gate"
    assert ax.texts[0].get_color() == words


def test_an_operation_is_a_circle_as_wide_as_its_name_needs(ax):
    operation(ax, (1, 1), "×")
    operation(ax, (3, 1), "tanh")
    assert [circle.radius for circle in ax.patches] == [RADIUS, WIDE]
    assert [text.get_text() for text in ax.texts] == ["×", "tanh"]

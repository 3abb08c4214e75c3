"""Wires and gates have the colours of their numbers."""

import pytest
from matplotlib.colors import to_rgba

from gradviz.gallery.cell_diagram import new_diagram
from gradviz.plots.drawing.palette import GATE_COLOURS, PAPER_DARK, gate_map, gradient_map


@pytest.fixture
def board():
    return new_diagram("A claim", [("forget", "$f$"), ("", "$c$")], [-4.7, -2.2])[1]


def test_the_scale_is_whole_decades(board):
    assert (board.gradient.vmin, board.gradient.vmax) == (-5, -2)


def test_a_wire_has_its_gradients_colour(board):
    board.wire([(0, 0), (1, 0), (1, 1)], -3.5)
    assert board.ax.lines[-1].get_color() == pytest.approx(gradient_map()(0.5))
    assert board.ax.lines[-1].get_xydata().tolist() == [[0, 0], [1, 0], [1, 1]]


def test_a_gate_has_its_means_colour_and_number(board):
    board.gate((2, 2), "forget", 0.25)
    box, rim = board.ax.patches[-2:]
    assert box.get_facecolor() == pytest.approx(gate_map()(0.25))
    assert box.get_edgecolor() == pytest.approx(to_rgba(PAPER_DARK))
    assert rim.get_edgecolor() == pytest.approx(to_rgba(GATE_COLOURS["forget"]))
    assert not rim.get_fill()
    assert box.get_linewidth() > rim.get_linewidth()
    assert board.ax.texts[-1].get_text() == "forget\n0.25"
    board.gate((4, 2), "candidate", -0.5, signed=True)
    assert board.ax.patches[-2].get_facecolor() == pytest.approx(gate_map()(0.25))
    assert board.ax.texts[-1].get_text() == "candidate\n−0.50"


def test_the_bar_of_the_boxes_names_both_ends_for_gates_and_signed_values(board):
    labels = [label.get_text() for label in board.ax.get_figure().axes[-1].get_xticklabels()]
    assert labels == ["shut, or −1", "open, or +1"]

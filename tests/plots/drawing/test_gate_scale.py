"""The range and the colour map of gates and states."""

import numpy as np
import pytest

from gradviz.cell_descriptions import describe_cell
from gradviz.plots.drawing.gate_scale import gate_scale


@pytest.mark.parametrize(
    ("cell", "gate", "limits", "colours"),
    [
        ("lstm", "forget", (0, 1), "mako"),
        ("lstm", "candidate", (-1, 1), "vlag"),
        ("gru", "h", (-1, 1), "vlag"),
        ("mine", "forget", (-1, 1), "vlag"),
        ("rnn_relu", "hidden", (0, 3), "mako"),
    ],
)
def test_range_and_map(cell, gate, limits, colours):
    used, norm = gate_scale(describe_cell(cell), gate, np.array([0.5, 3.0, np.nan, np.inf]))
    assert (norm.vmin, norm.vmax) == limits
    assert used.name == colours


def test_the_scale_of_a_relu_reaches_at_least_one():
    assert gate_scale(describe_cell("rnn_relu"), "hidden", np.array([0.25]))[1].vmax == 1

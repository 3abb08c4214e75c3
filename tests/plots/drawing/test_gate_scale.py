"""The range and the colour map of gates and states."""

import numpy as np
import pytest

from gradviz.cell_descriptions import describe_cell, observed_cell
from gradviz.plots.drawing.gate_scale import gate_scale, largest_drawn


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


def test_a_few_large_activations_do_not_set_the_scale():
    """Two of two hundred are 80, the others up to 3.14; without them the largest is the end."""
    usual = np.linspace(0, 3.14, 198)
    assert largest_drawn(np.append(usual, [80.0, 80.0])) == pytest.approx(3.2)
    assert largest_drawn(np.append(usual, [np.inf, np.nan])) == pytest.approx(3.2)
    assert largest_drawn(np.linspace(0, 50, 100)) == 50
    assert largest_drawn(np.array([0.1])) == largest_drawn(np.array([np.nan])) == 1
    assert largest_drawn(np.array([1.0, 1.0])) == 1
    cell = observed_cell({"write": "exp"}, None)
    assert gate_scale(cell, "write", np.append(usual, [80.0, 80.0]))[1].vmax == pytest.approx(3.2)

"""The table of plots by name, and its errors."""

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.plots.plot_table import PLOTS, NoSuchOption, draw


def test_every_name_is_that_of_a_public_function():
    assert {f"plot_{name}" for name in PLOTS} <= set(gv.__all__)
    assert all(getattr(gv, f"plot_{name}") is plot for name, plot in PLOTS.items())


def test_options_are_handed_on(recording):
    ax = draw("gradient_norms", recording(), {"step": 0})
    other = draw("gradient_norms", recording(), {})
    assert not np.allclose(ax.lines[0].get_ydata(), other.lines[0].get_ydata())


def test_unknown_names_and_options(recording):
    with pytest.raises(UnknownName, match="unknown plot 'gate_heatmp'; did you mean 'gate_heatmap'"):
        draw("gate_heatmp", recording(), {})
    with pytest.raises(NoSuchOption, match="'learning_curve' has no option 'gate'; it has metric, baseline"):
        draw("learning_curve", recording(), {"gate": "forget"})
    with pytest.raises(NoSuchOption, match="'text' needs the option 'text'"):
        draw("text", recording(), {})

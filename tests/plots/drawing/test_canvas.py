"""The axes to draw on, and errors for anything else."""

import matplotlib.pyplot as plt
import pytest

from gradviz.plots.drawing.canvas import axes_or_new


@pytest.mark.parametrize("ax", ["x", 1, plt.Figure(), [None]])
def test_anything_but_axes_is_an_error(ax):
    with pytest.raises(TypeError, match=f"ax is {type(ax).__name__}: must be one Axes"):
        axes_or_new(ax)


def test_axes_given_are_those_drawn_on():
    _, ax = plt.subplots()
    assert axes_or_new(ax) is ax
    assert axes_or_new(None) is not ax

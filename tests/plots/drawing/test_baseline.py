"""The trivial predictor's line and its name."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

from gradviz.plots.drawing.baseline import draw_baseline, name_baseline
from gradviz.plots.drawing.palette import GREY


def test_a_dashed_grey_line():
    ax = plt.figure().add_subplot()
    draw_baseline(ax, 0.25)
    (line,) = ax.lines
    assert list(line.get_ydata()) == [0.25, 0.25]
    assert line.is_dashed()
    assert to_hex(line.get_color()) == GREY


@pytest.mark.parametrize(
    ("outside", "text", "side"),
    [(True, "always predict the\nmean", "left"), (False, "always predict the mean", "right")],
)
def test_the_name_is_outside_or_above(outside, text, side):
    ax = plt.figure().add_subplot()
    name_baseline(ax, 0.5, "always predict the mean", outside=outside)
    (name,) = ax.texts
    assert (name.get_text(), name.get_ha(), name.xy) == (text, side, (1, 0.5))
    assert name.get_path_effects()

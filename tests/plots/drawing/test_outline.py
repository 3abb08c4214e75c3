"""Outlined text."""

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.colors import to_hex

from gradviz.plots.drawing.outline import outline


def stroke_of(text):
    (effect,) = text.get_path_effects()
    return to_hex(effect._gc["foreground"]), effect._gc["linewidth"]


def test_in_the_colour_of_the_background_or_another():
    with mpl.rc_context({"axes.facecolor": "#102030"}):
        text = plt.figure().text(0.5, 0.5, "text")
        outline(text)
        assert stroke_of(text) == ("#102030", 3)
        outline(text, colour="#ffffff", width=1)
        assert stroke_of(text) == ("#ffffff", 1)

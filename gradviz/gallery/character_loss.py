"""The loss of the character model over its training, against that of guessing."""

from __future__ import annotations

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes

from gradviz.gallery.panel import name_panel
from gradviz.gallery.words import figure_words
from gradviz.plots.drawing.baseline import draw_baseline
from gradviz.plots.drawing.fit_text import font_size
from gradviz.plots.learning_curve import plot_learning_curve
from gradviz.vocabulary import BASELINE

_words = figure_words("character_run")


def draw_character_loss(ax: Axes, training: xr.DataTree) -> None:
    """Draw the loss, with a dashed line at that of equal probabilities."""
    plot_learning_curve(training, ax=ax)
    baseline = float(training.attrs[BASELINE])
    draw_baseline(ax, baseline)
    size = font_size("xtick.labelsize")
    ax.annotate(
        _words("baseline"),
        xy=(1, baseline),
        xycoords=ax.get_yaxis_transform(),
        xytext=(0, -0.4 * size),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=size,
    )
    ax.set_xlabel(_words("training_step"))
    name_panel(ax, y="loss")
    ax.set_title(_words("loss"), loc="left", fontsize=plt.rcParams["axes.labelsize"])

"""The losses of several networks from several seeds on one Axes."""

import matplotlib.pyplot as plt
import numpy as np
from gallery.planted_training import planted

from gradviz.gallery.loss_curves import draw_losses


def test_each_run_and_the_median_are_drawn():
    levels = {"RNN (tanh)": ("rnn", (0.9, 0.5, 0.8)), "GRU": ("gru", (0.1, 0.3, 0.4))}
    runs = {
        label: [planted([9], np.full(30, level), cell=cell) for level in three]
        for label, (cell, three) in levels.items()
    }
    ax = plt.figure().subplots()
    ends = draw_losses(ax, runs)
    drawn = [float(line.get_ydata()[0]) for line in ax.lines]
    assert drawn == [0.9, 0.5, 0.8, 0.8, 0.1, 0.3, 0.4, 0.3, 1.0]
    assert [(end.text, end.x, end.y) for end in ends] == [("RNN", 29, 0.8), ("GRU", 29, 0.3)]
    assert ax.get_xlim() == (0, 29)
    assert ax.get_ylim()[1] == 2.5
    assert [text.get_text() for text in ax.texts] == ["always predict 1"]

"""Losses of several runs on one Axes."""

import matplotlib.pyplot as plt
import numpy as np

from gradviz.gallery.loss_curves import draw_losses
from gradviz.plots.drawing.palette import cell_colour


def test_each_run_has_its_colour_and_its_end(small):
    runs = small("training_heatmap")
    ax = plt.figure().subplots()
    ends = draw_losses(ax, runs, ticks=2)
    assert [end.text for end in ends] == ["RNN", "LSTM", "GRU"]
    assert [end.colour for end in ends] == [cell_colour(cell) for cell in ("rnn", "lstm", "gru")]
    for end, raw, tree in zip(ends, ax.lines[:6:2], runs.values(), strict=True):
        np.testing.assert_array_equal(raw.get_ydata(), tree["loss"].values)
        assert (end.x, end.y) == (3, tree["loss"].values[-1])
    assert ax.lines[-1].get_ydata()[0] == runs["LSTM"].attrs["baseline"]
    assert runs["LSTM"].attrs["baseline_meaning"] in [text.get_text() for text in ax.texts]

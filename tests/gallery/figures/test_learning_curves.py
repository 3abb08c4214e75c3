"""Curves against the trivial predictor."""

import numpy as np
import pytest

from gradviz.gallery.figures import learning_curves as figure


def test_every_run_is_drawn_in_full(small):
    data = small("learning_curves")
    for ax, task in zip(figure.compose(data).axes, figure.TASKS, strict=True):
        raw = ax.lines[0:6:2]
        for line, tree in zip(raw, figure.of_task(data, task).values(), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), tree["loss"].values)
        assert ax.lines[-1].get_ydata()[0] == pytest.approx(
            {"adding": 1 / 6, "copy": 3 * np.log(4) / 26}[task]
        )


@pytest.mark.slow
def test_the_claim(full):
    data = full("learning_curves")
    for task in figure.TASKS:
        runs = figure.of_task(data, task)
        baseline = float(runs["LSTM"].attrs["baseline"])
        assert figure.final_loss(runs["RNN (tanh)"]) == pytest.approx(baseline, rel=0.1)
        assert figure.final_loss(runs["GRU"]) < 0.05 * baseline
    assert figure.final_loss(figure.of_task(data, "adding")["LSTM"]) < 0.1 / 6
    assert 0.3 / 6 < figure.final_loss(figure.of_task(data, "copy")["LSTM"]) < 0.16

"""What the demo's figures claim is true of the data behind them."""

import numpy as np
import pytest
import torch

import gradviz as gv
from gradviz.experiment.config.build_model import build
from gradviz.experiment.demo_runs import adding_experiments
from gradviz.gallery.demo_figures import figure_forgetting
from gradviz.training.loop import Training


@pytest.fixture(scope="module")
def untrained():
    """The first step of the demo's own runs."""
    recordings = {}
    for label, experiment in adding_experiments().items():
        torch.manual_seed(experiment.seed)
        model, task = build(experiment)
        with gv.record(model) as tape:
            tape.step(next(iter(Training(model, task, experiment.optimisation()))).loss)
        recordings[label] = tape.tree
    return recordings


def test_untrained_all_three_forget_and_the_forget_bias_does_not(untrained):
    lost = {
        label: float(np.diff(tree["recurrent"]["log10_grad_h"].values[0, 0, 0].mean(-1)[[0, -1]])[0])
        for label, tree in untrained.items()
    }
    for label in ("RNN (tanh)", "LSTM", "GRU"):
        assert lost[label] > 8
    assert lost["LSTM, forget bias 3"] < 2


def test_the_figure_draws_these_numbers(untrained):
    figure = figure_forgetting(untrained)
    (ax,) = figure.axes
    drawn = [line for line in ax.lines if len(line.get_xdata()) == 50]
    assert len(drawn) == 4
    for line, tree in zip(drawn, untrained.values(), strict=True):
        expected = np.median(tree["recurrent"]["log10_grad_h"].values[0, 0, 0], axis=-1)[::-1]
        np.testing.assert_allclose(line.get_ydata(), expected, rtol=1e-5)
    assert [t.get_text() for t in ax.texts if t.get_text() in untrained]

"""Steps whose output a loop has thrown away are drawn with the gradient that passes them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from halving import left_padded, padded, recorded, skipping
from torch import nn

import gradviz as gv
from gradviz.plots.plot_table import PLOTS

HALF = np.log10(0.5)


@pytest.mark.parametrize("way", [padded, left_padded])
def test_norms_against_lag_start_where_each_sequence_ends(way):
    (line, *_) = gv.plot_gradient_norms(recorded(way)).lines
    np.testing.assert_array_equal(line.get_xdata(), np.arange(8))
    np.testing.assert_allclose(line.get_ydata(), np.log10(2) + HALF * np.arange(8), atol=1e-5)


def test_heatmap_averages_the_sequences_that_are_running():
    ax = gv.plot_gradient_heatmap(recorded(padded))
    column = np.asarray(ax.images[0].get_array())[:, 0]
    ends = {7: [0], 6: [1], 5: [2], 4: [3, 0], 3: [4, 1], 2: [5, 2, 0], 1: [6, 3, 1], 0: [7, 4, 2]}
    for time, lags in ends.items():
        assert column[time] == pytest.approx(np.log10(np.mean([2 * 0.5**lag for lag in lags])), abs=1e-5)
    assert ax.get_legend() is None  # no cell is exactly zero


def test_skipped_steps_are_not_marked_as_zero():
    one = recorded(skipping).isel(sample=[1]).isel(time=slice(0, 6))
    ax = gv.plot_gradient_heatmap(one)
    assert ax.get_legend() is None
    assert "or at the state handed on" in ax.figure.axes[-1].get_ylabel()
    norms = gv.plot_gradient_norms(one)
    assert np.isfinite(norms.lines[0].get_ydata()).all()
    assert "or at the state handed on" in norms.get_ylabel()


def test_where_nothing_was_thrown_away_labels_say_nothing():
    ds = recorded(lambda t, lengths, new, old: new)
    assert gv.plot_gradient_norms(ds).get_ylabel() == "total gradient ‖dL/dh‖"


def test_a_cut_is_exactly_zero():
    ds = recorded(lambda t, lengths, new, old: new.detach() if t == 4 else new)
    ax = gv.plot_gradient_heatmap(ds)
    (entry,) = ax.get_legend().get_texts()
    assert entry.get_text() == "exactly zero (5 cells)"


def growing():
    torch.manual_seed(0)
    cell, h = nn.GRUCell(3, 4), torch.zeros(3, 4)
    with gv.record(cell, detail="full") as tape:
        for t in reversed(range(8)):
            running = sum(t < length for length in (8, 5, 3))
            h = torch.cat([cell(torch.randn(running, 3), h[:running]), h[running:]])
        h.sum().backward()
        tape.step(1.0)
    return tape.tree


def step_by_step(detached_at=None):
    torch.manual_seed(0)
    lstm, state = nn.LSTM(3, 4), None
    with gv.record(lstm, detail="full") as tape:
        for t, x_t in enumerate(torch.randn(8, 3, 3).split(1)):
            if t == detached_at:
                state = tuple(part.detach() for part in state)
            out, state = lstm(x_t, state)
        out.sum().backward()
        tape.step(1.0)
    return tape.tree


def padded_cell():
    torch.manual_seed(0)
    cell, h = nn.GRUCell(3, 4), torch.zeros(3, 4)
    with gv.record(cell, detail="full") as tape:
        for t in range(8):
            h = padded(t, torch.tensor([8, 5, 3]), cell(torch.randn(3, 3), h), h)
        h.sum().backward()
        tape.step(1.0)
    return tape.tree


@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_takes_sequences_that_several_calls_made(name):
    options = {"text": "in steps"} if name == "text" else {}
    for tree in (step_by_step(), step_by_step(detached_at=4), growing(), padded_cell()):
        PLOTS[name](tree, **options).figure.canvas.draw()
        plt.close("all")

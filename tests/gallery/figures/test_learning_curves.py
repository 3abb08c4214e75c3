"""Curves against the trivial predictor."""

import numpy as np
import pytest
from gallery.planted_training import planted
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import learning_curves as figure

SETTINGS = figure.Settings()


def runs(**below):
    """Recordings of five seeds of each cell and task; of a cell, so many of its ten runs learn."""
    places = [(task, seed) for task in ("adding", "copy") for seed in range(5)]
    return {
        f"{task}/{cell}/{seed}": planted([9], np.full(60, 0.79 if rank < below[cell] else 0.81), cell=cell)
        for cell in ("rnn", "lstm", "gru")
        for rank, (task, seed) in enumerate(places)
    }


def test_every_setting_acts():
    runs = figure.experiments(figure.Settings(length=12, delay=7, hidden_size=9, steps=33, seeds=2))
    assert len(runs) == 2 * 3 * 2
    adding, copy = runs["adding/gru/1"], runs["copy/rnn/1"]
    assert adding.task.options["length"] == 12
    assert copy.task.options["delay"] == 7
    for run in (adding, copy):
        assert (run.model.hidden_size, run.training.steps, run.seed) == (9, 33, 1)


@pytest.mark.parametrize(
    ("rnn", "lstm", "gru", "outcome"),
    [
        (0, 10, 10, "rnn_nothing"),
        (3, 0, 5, "rnn_nothing"),
        (3, 0, 4, "hardly_any"),
        (0, 0, 0, "hardly_any"),
        (4, 10, 10, "rnn_learns"),
        (10, 0, 0, "rnn_learns"),
    ],
)
def test_the_data_decide_the_title(rnn, lstm, gru, outcome):
    data = runs(rnn=rnn, lstm=lstm, gru=gru)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert figure.caption(data, SETTINGS).claim == title.sentence
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert f"Here {rnn} of 10 runs of the RNN" in figure.notes(data, SETTINGS).answer


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_without_numbers_nothing_is_said(cell):
    data = runs(rnn=0, lstm=10, gru=10)
    data[f"copy/{cell}/3"] = planted([9], np.full(60, np.nan), cell=cell)
    with pytest.raises(ClaimRefused, match=r"learning_curves: .* = nan"):
        figure.claims(data, SETTINGS)


def test_the_counts_are_in_the_caption():
    measured = figure.caption(runs(rnn=0, lstm=7, gru=10), SETTINGS).measured
    assert "RNN (tanh) 0 of 5 (loss 0.8100), LSTM 5 of 5 (loss 0.7900)" in measured
    assert "LSTM 2 of 5 (loss 0.8100), GRU 5 of 5 (loss 0.7900), trivial predictor 1.0000" in measured


def test_the_rnns_that_learn_are_counted_in_their_panel():
    left, right = figure.compose(runs(rnn=6, lstm=10, gru=10), SETTINGS).axes
    for ax, count in ((left, 5), (right, 1)):
        assert f"RNN: {count} of 5" in [text.get_text() for text in ax.texts]


def test_every_run_is_drawn(small):
    data, settings = small("learning_curves"), small_settings("learning_curves")
    for ax, task in zip(figure.compose(data, settings).axes, ("adding", "copy"), strict=True):
        first = figure.of_cell(data, task, "rnn")[0]["loss"].values
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), first)  # 25 steps: the median of one
        assert len(ax.lines) == 3 * (settings.seeds + 1) + 2
        expected = {"adding": 1 / 6, "copy": 3 * np.log(4) / 8}[task]
        trivial, threshold = (line.get_ydata()[0] for line in ax.lines[-2:])
        assert trivial == pytest.approx(expected)
        assert threshold == pytest.approx(0.8 * expected)


@pytest.mark.slow
def test_the_rnn_learns_nothing_at_full_size(full):
    data = full("learning_curves")
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == "rnn_nothing"
    for task in ("adding", "copy"):
        assert figure.learned(figure.of_cell(data, task, "gru")) >= 4

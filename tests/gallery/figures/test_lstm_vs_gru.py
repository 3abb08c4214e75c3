"""Sizes of LSTM and GRU, and which of them learns sooner."""

import numpy as np
import pytest
from gallery.planted_training import planted
from gallery.small import small_settings
from torch import nn

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import lstm_vs_gru as figure

SETTINGS = figure.Settings()
NEVER = np.inf


def runs(*, lstm, gru):
    """Recordings of runs that learn at given training steps."""
    return {
        f"{cell}/{seed}": planted([9] * 40, np.where(np.arange(400) >= step, 0.1, 1.0), cell=cell)
        for cell, steps in (("lstm", lstm), ("gru", gru))
        for seed, step in enumerate(steps)
    }


def test_a_gru_has_three_quarters_of_the_weights():
    sizes = figure.sizes(SETTINGS)
    assert sizes["LSTM"] == figure.parameters(nn.LSTM(2, 64)) == 4 * 64 * (2 + 64 + 2)
    assert sizes["GRU"] == 0.75 * sizes["LSTM"]


def test_part_of_pairs_by_hand():
    gru, lstm = np.array([100, 200, NEVER]), np.array([150, NEVER])
    # 100 is before both, 200 before one of two, never ties with one: (2 + 1 + 0.5) / 6
    assert figure.sooner(gru, lstm) == pytest.approx(3.5 / 6)
    assert figure.sooner(lstm, gru) == pytest.approx(2.5 / 6)


@pytest.mark.parametrize(
    ("lstm", "gru", "outcome"),
    [
        ([300] * 5, [100] * 5, "gru_sooner"),
        ([300] * 4 + [NEVER], [100] * 5, "gru_sooner"),
        ([NEVER] * 5, [100] * 5, "gru_sooner"),
        ([100] * 5, [300] * 4 + [NEVER], "lstm_sooner"),
        ([300] * 5, [100] * 4 + [NEVER], "no_difference"),
        ([200] * 5, [200] * 5, "no_difference"),
        ([NEVER] * 5, [NEVER] * 5, "neither"),
    ],
)
def test_the_data_decide_the_title(lstm, gru, outcome):
    data = runs(lstm=lstm, gru=gru)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert figure.caption(data, SETTINGS).claim == title.sentence
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence


def test_without_numbers_nothing_is_said():
    data = {**runs(lstm=[300] * 5, gru=[100] * 5), "gru/2": planted([9], np.full(400, np.nan), cell="gru")}
    with pytest.raises(ClaimRefused, match=r"lstm_vs_gru: .* share = nan"):
        figure.claims(data, SETTINGS)


def test_bars_dots_and_lines_are_the_numbers(small):
    data, settings = small("lstm_vs_gru"), small_settings("lstm_vs_gru")
    axes = figure.compose(data, settings).axes
    assert [bar.get_width() for bar in axes[0].patches] == list(figure.sizes(settings).values())
    numbers = figure.numbers(data, settings)
    for seed in range(settings.seeds):
        lost = figure.decades_lost(data[f"gru/{seed}"])
        line = axes[1].lines[settings.seeds + 1 + seed]
        np.testing.assert_array_equal(line.get_ydata(), -lost)
        table = numbers.query(f"network == 'GRU' and seed == {seed}")
        np.testing.assert_array_equal(table["log10_first_to_last"], -lost)


def test_a_dot_for_each_run_and_a_line_at_the_median():
    data = runs(lstm=[310, 300, NEVER, NEVER, NEVER], gru=[120, 100, 110, 130, 140])
    dots = [line for line in figure.compose(data, SETTINGS).axes[2].lines if line.get_marker() == "o"]
    places = [float(dot.get_xdata()[0]) for dot in dots]
    assert places == [300, 310, 900, 900, 900, 100, 110, 120, 130, 140]
    assert [dot.get_markerfacecolor() == "none" for dot in dots] == [False] * 2 + [True] * 3 + [False] * 5
    medians = [line for line in figure.compose(data, SETTINGS).axes[2].lines if line.get_marker() != "o"]
    assert [line.get_xdata()[0] for line in medians] == [120]


def test_the_caption_gives_the_numbers():
    data = runs(lstm=[300, 310, 320, NEVER, NEVER], gru=[100] * 5)
    measured = figure.caption(data, SETTINGS).measured
    assert "LSTM: 17,408 weights and biases; the loss leaves the trivial predictor in 3 of 5 runs" in measured
    assert "median at training step 320" in measured
    assert "100\u202f% of all pairs" in measured


def test_where_no_loss_falls_no_pairs_are_counted():
    data = runs(lstm=[NEVER] * 5, gru=[NEVER] * 5)
    for text in (figure.caption(data, SETTINGS).measured, figure.notes(data, SETTINGS).answer):
        assert "No run's loss leaves the trivial predictor" in text
        assert "%" not in text


@pytest.mark.slow
def test_the_gru_is_sooner_at_full_size(full):
    (title,) = figure.claims(full("lstm_vs_gru"), SETTINGS)
    assert title.outcome == "gru_sooner"
    for label in figure.NETWORKS:
        for tree in figure.seeds_of(full("lstm_vs_gru"), figure.NETWORKS[label]).values():
            assert figure.decades_lost(tree)[0] > 10

"""How long units remember."""

from dataclasses import replace

import numpy as np
import pytest
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import time_constants as figure


@pytest.fixture
def settings():
    return small_settings("time_constants")


def test_initialisations_have_the_constants_of_their_biases():
    settings = figure.Settings(length=60, hidden_size=64)
    found = {name: figure.constants(tree) for name, tree in figure._record(settings).items()}
    assert np.median(found["start/default"]) == pytest.approx(2, abs=0.1)
    assert np.median(found["start/forget_bias_2"]) == pytest.approx(1 + np.exp(2), rel=0.05)
    chrono = found["start/chrono"]
    assert chrono.max() < 1.1 * settings.length
    assert np.mean(chrono > figure.SHORT) == pytest.approx((60 - 10) / (60 - 2), abs=0.1)


def test_every_unit_is_a_dot(small, settings):
    data = small("time_constants")
    (ax,) = figure.compose(data, settings).axes
    for dots, tree in zip(ax.collections, data.values(), strict=True):
        np.testing.assert_allclose(dots.get_offsets()[:, 0], figure.constants(tree))
    assert len(figure.numbers(data, settings)) == (3 + 2 * settings.seeds) * settings.hidden_size
    lag = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert lag == [settings.length - 1]


def planted(data, **runs):
    """The data with, for each run of a cell, whether it learned and its number of units at 50 steps."""
    changed = dict(data)
    for cell, outcomes in runs.items():
        for seed, (learned, long) in enumerate(outcomes):
            tree = data[f"{cell}/{seed}"].copy(deep=True)
            tree["training/loss" if "training" in tree.children else "loss"].values[...] = (
                0.0 if learned else 1.0
            )
            mean = tree["recurrent"]["unit_mean"]
            keeping = mean.sel(gate="forget" if cell == "lstm" else "update")
            keeping = np.where(np.arange(keeping.sizes["unit"]) < long, 1 - 1 / 50, 0.5)
            mean.loc[{"gate": "forget" if cell == "lstm" else "update"}] = keeping
            changed[f"{cell}/{seed}"] = tree
    return changed


@pytest.mark.parametrize(
    ("runs", "title", "failed"),
    [
        ([(True, 1), (True, 1)], "some", "all_learned"),  # of 6 units
        ([(True, 1), (False, 0)], "some", "without"),
        ([(True, 3), (False, 2)], "some", "with"),
        ([(True, 4), (False, 2)], "most", "with"),
        ([(True, 0), (True, 1)], "none", "all_learned"),
        ([(False, 0), (False, 0)], "not_learned", "without"),
    ],
)
def test_the_data_decide(runs, title, failed, small, settings):
    data = planted(small("time_constants"), lstm=runs, gru=runs)
    found = figure.claims(data, settings)
    assert [claim.outcome for claim in found[:3]] == [title, title, failed]
    drawn = figure.compose(data, settings)
    assert drawn.get_suptitle().replace("\n", " ") == found[0].sentence
    (ax,) = drawn.axes
    rings = sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() == "o")
    assert rings == 2 * sum(long for _, long in runs)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    for seed, (learned, _) in enumerate(runs):
        name = f"LSTM, trained, seed {seed}" if learned else f"LSTM has not learned, seed {seed}"
        assert rows[3 + seed] == name


def test_of_many_units_one_is_few(small, settings):
    data = planted(small("time_constants"), lstm=[(True, 1), (True, 1)], gru=[(True, 2), (True, 2)])
    title, gru, *_ = figure.claims(data, replace(settings, hidden_size=10))
    assert (title.outcome, gru.outcome) == ("few", "some")
    assert title.sentence == "LSTMs that learned hold 9 steps in only 1 of 10 units"


def test_a_long_memory_at_the_start_is_said(small, settings):
    data = dict(small("time_constants"))
    assert figure.claims(data, settings)[3].outcome == "short"
    tree = data["start/default"] = data["start/default"].copy(deep=True)
    tree["recurrent"]["unit_mean"].loc[{"gate": "forget"}] = 1 - 1 / 12
    starts = figure.claims(data, settings)[3]
    assert starts.outcome == "long"
    assert starts.numbers["longest"] == pytest.approx(12, rel=1e-5)


@pytest.mark.parametrize("run", ["start/default", "lstm/0", "gru/1"])
def test_without_numbers_nothing_is_said(run, small, settings):
    data = dict(small("time_constants"))
    data[run] = data[run].copy(deep=True)
    data[run]["recurrent"]["unit_mean"].values[...] = np.nan
    with pytest.raises(ClaimRefused, match="time_constants"):
        figure.claims(data, settings)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data, settings = full("time_constants"), figure.Settings()
    title, gru, *_ = figure.claims(data, settings)
    assert title.outcome in ("few", "none", "not_learned")
    assert gru.numbers["learned"] >= 3
    assert np.median(figure.constants(data["start/chrono"])) > 25

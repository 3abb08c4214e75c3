"""A unit that holds a bit."""

import numpy as np
import pytest

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.figures import bifurcation as figure
from gradviz.gallery.fixed_points import fixed_points

SETTINGS = figure.Settings()


@pytest.fixture
def data():
    return figure.experiment(None, SETTINGS)


def test_two_resting_states_beyond_1_and_one_up_to_there(data):
    table = data["weight"].to_dataset()
    stable = (table["slope"] < 1) & (table["state"] != 0)
    np.testing.assert_array_equal(stable.sum("branch"), np.where(table["w"] > 1, 2, 0))
    np.testing.assert_array_equal(figure.stable_states(table), np.where(table["w"] > 1, 2, 1))
    assert np.all(table["state"].sel(w=slice(0, 1)) == 0)


@pytest.mark.parametrize("w", [1.2, 2.0, 3.0])
def test_hysteresis_ends_where_two_fixed_points_meet(w):
    edge = figure.hysteresis(w)
    assert len(fixed_points(w, edge - 1e-6)) == 3
    assert len(fixed_points(w, edge + 1e-6)) == 1


def test_below_1_there_is_no_hysteresis():
    assert figure.hysteresis(1.0) == figure.hysteresis(0.5) == figure.hysteresis(0.0) == 0


def test_the_caption_and_the_lines_are_these_numbers(data):
    caption = figure.caption(data, SETTINGS)
    assert "within ±0.532 on the grid; in theory ±0.533" in caption.measured
    left, right = figure.compose(data, SETTINGS).axes
    drawn = np.nanmax([line.get_ydata() for line in left.lines[:6]], axis=0)
    np.testing.assert_array_equal(drawn, data["weight"]["state"].max("branch"))
    assert [label.get_text() for label in right.get_xticklabels()] == ["−1", "−0.53", "0", "0.53", "1"]
    numbers = figure.numbers(data, SETTINGS)
    assert len(numbers.query("varied == 'bias' and value == 0")) == 3


@pytest.mark.parametrize(
    ("changes", "outcomes"),
    [
        ([], ["above_one", "holds"]),
        (["largest_weight=0.9"], ["never", "holds"]),
        (["weight=0.9"], ["above_one", "forgets"]),
    ],
)
def test_the_data_decide(changes, outcomes):
    settings = figure_settings("bifurcation", changes)
    data = figure.experiment(None, settings)
    found = figure.claims(data, settings)
    assert [claim.outcome for claim in found] == outcomes
    drawn = figure.compose(data, settings)
    assert drawn.get_suptitle().replace("\n", " ") == found[0].sentence
    notes = {text.get_text() for ax in drawn.axes for text in ax.texts}
    assert ("here it holds a bit" in notes) == (outcomes[1] == "holds")
    assert ("unstable" in notes) == (outcomes[0] == "above_one")


def plant(data, lower, upper, *, w):
    """Change the outer stable states from a weight on."""
    states = data["weight"].to_dataset()["state"].copy(deep=True)
    states[dict(branch=0)] = states[dict(branch=0)].where(states["w"] < w, lower)
    states[dict(branch=2)] = states[dict(branch=2)].where(states["w"] < w, upper)
    data["weight"]["state"] = states
    return data


def test_a_fork_elsewhere_is_said(data):
    changed = plant(data, 0.0, 0.0, w=0.0)
    changed["weight"]["slope"][...] = 0.0
    changed = plant(changed, -0.5, 0.5, w=2.0)
    title, _ = figure.claims(changed, SETTINGS)
    assert title.outcome == "elsewhere"
    assert title.sentence == "Two resting states first appear at w = 2.00, not at w = 1"


def test_two_states_that_end_again_are_not_above_1(data):
    title, _ = figure.claims(plant(data, 0.0, 0.0, w=2.5), SETTINGS)
    assert title.outcome == "elsewhere"


@pytest.mark.parametrize("kind", ["weight", "bias"])
def test_without_numbers_nothing_is_said(data, kind):
    data[kind]["state"][:, 7] = np.nan
    with pytest.raises(ClaimRefused, match="bifurcation"):
        figure.claims(data, SETTINGS)

"""Gates over text."""

import numpy as np
import pytest
from gallery.planted_gates import set_last_loss, with_seeds
from gallery.small import small_settings

from gradviz.gallery.character_run import TRAINING, of_seed
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import gate_heatmap as figure

SETTINGS = small_settings("gate_heatmap")  # 3 seeds


def planted(data, fractions, losses=(0.01, 0.01, 0.01)):
    """Runs in which such fractions of the gates are shut, the candidate never is at ±1; the last losses."""

    def change(seed, moment, tree):
        if moment == TRAINING:
            set_last_loss(tree, losses[seed])
            return
        module = tree["recurrent"]
        for name in ("unit_right", "gate_right"):
            module[name].values[...] = 0
        for name in ("unit_left", "gate_left"):
            module[name].values[...] = fractions[seed]
            module[name].loc[{"gate": "candidate"}] = 0
        gates = module["gates"]
        flat = np.full(gates.shape, 0.5)
        flat.ravel()[:] = np.where(np.arange(flat.size) % 100 < 100 * fractions[seed], 0.01, 0.5)
        gates.values[...] = flat

    return with_seeds(data, change)


@pytest.fixture
def data(small):
    return small("gate_heatmap")


def test_units_are_sorted_by_their_time_constant(data):
    constants = figure.time_constants(of_seed(data, 0))
    assert np.all(np.diff(constants) <= 0)


def test_rows_and_letters(data):
    axes = figure.compose(data, SETTINGS).axes[:4]
    run = of_seed(data, figure.drawn_seed(data))
    values = figure.gates(run)
    for ax, gate in zip(axes, figure.ORDER, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), values.sel(gate=gate))
    letters = "".join(label.get_text() for label in axes[3].get_xticklabels())
    assert letters == "hello␣pytorch,␣this␣is␣a␣simple␣character-level␣language␣model"
    assert len(figure.numbers(data, SETTINGS)) == values.size


def test_each_strip_says_its_own_number_and_the_title_that_of_the_three_gates(data):
    run = of_seed(data, figure.drawn_seed(data))
    fractions = figure.saturated(run)
    expected = 100 * np.mean([fractions[name] for name in ("forget", "input", "output")])
    assert figure.claims(data, SETTINGS)[0].numbers["percent"] == pytest.approx(expected)
    names = [ax.get_title(loc="left") for ax in figure.compose(data, SETTINGS).axes[:4]]
    assert names[0] == f"forget gate: {100 * fractions['forget']:.0f}\u202f% shut or open"
    assert names[2] == f"candidate, not a gate: {100 * fractions['candidate']:.0f}\u202f% near −1 or +1"
    first = figure.compose(data, SETTINGS).axes[0]
    assert first.get_title(loc="right") == f"all three gates: {expected:.0f}\u202f%"


def test_of_many_units_some_are_drawn_in_order(data, monkeypatch):
    monkeypatch.setattr(figure, "ROWS", 2)  # of 8 units
    drawn = figure.compose(data, SETTINGS)
    forget = figure.gates(of_seed(data, figure.drawn_seed(data))).sel(gate="forget")
    np.testing.assert_array_equal(drawn.axes[0].images[0].get_array(), forget[::4])
    assert "every 4th of 8 units" in drawn.get_supylabel()


def test_saturated_by_hand(data):
    run = of_seed(data, 0)
    for gate, low in (("input", 0.1), ("candidate", -0.9)):
        values = figure.gates(run).sel(gate=gate).values
        expected = np.mean((values < low) | (values > 0.9))
        assert figure.saturated(run)[gate] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("fractions", "outcome"),
    [
        ([0.7, 0.8, 0.9], "mostly"),
        ([0.4, 0.5, 0.6], "partly"),
        ([0.1, 0.2, 0.3], "seldom"),
        ([0.1, 0.5, 0.9], "unclear"),
    ],
)
def test_the_data_decide_the_title(fractions, outcome, data):
    changed = planted(data, fractions)
    (title,) = figure.claims(changed, SETTINGS)
    assert title.outcome == outcome
    assert title.numbers["percent"] == pytest.approx(100 * fractions[1], abs=2)
    assert figure.compose(changed, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence


@pytest.mark.parametrize(
    ("losses", "outcome", "drawn"),
    [
        ((2.0, 2.0, 2.0), "not_learned", 1),
        ((2.0, 2.0, 0.01), "not_learned", 2),
        ((0.01, 2.0, 0.01), "mostly", 0),
    ],
)
def test_only_runs_that_have_learned_count(losses, outcome, drawn, data):
    changed = planted(data, [0.7, 0.75, 0.8], losses)
    (title,) = figure.claims(changed, SETTINGS)
    assert (title.outcome, figure.drawn_seed(changed)) == (outcome, drawn)
    assert figure.compose(changed, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence


def test_without_a_loss_nothing_is_said(data):
    with pytest.raises(ClaimRefused, match="gate_heatmap"):
        figure.claims(planted(data, [0.7, 0.8, 0.9], (0.01, np.nan, 0.01)), SETTINGS)


def test_without_numbers_nothing_is_said(data):
    def unknown(seed, moment, tree):
        if moment == TRAINING:
            return
        for name in ("gates", "unit_left", "gate_left"):
            tree["recurrent"][name].values[...] = np.nan

    with pytest.raises(ClaimRefused, match=r"gate_heatmap: .* percent = nan"):
        figure.claims(with_seeds(data, unknown), SETTINGS)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    (title,) = figure.claims(full("gate_heatmap"), figure.Settings())
    assert title.outcome == "mostly"
    assert title.numbers["percent"] == pytest.approx(75, abs=6)

"""The gates before and after training."""

import numpy as np
import pytest
from gallery.planted_gates import set_last_loss, with_seeds
from gallery.small import small_settings

from gradviz.gallery.character_run import READING, TRAINING, UNTRAINED, of_seed
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import saturation_scatter as figure

SETTINGS = small_settings("saturation_scatter")  # 3 seeds of 8 units


def planted(data, after, before=(0.0, 0.0), losses=(0.01, 0.01, 0.01)):
    """Runs whose units are shut and open at these fractions of the characters, and that end with losses."""

    def change(seed, moment, tree):
        if moment == TRAINING:
            set_last_loss(tree, losses[seed])
            return
        shut, opened = after[seed] if moment == READING else before
        module = tree["recurrent"]
        module["unit_left"].values[...] = shut
        module["unit_right"].values[...] = opened

    return with_seeds(data, change)


def test_fractions_are_of_the_sentence(small):
    data = small("saturation_scatter")
    run = of_seed(data, 0)
    found = figure.fractions(run, READING)
    gates = run[READING]["recurrent"]["gates"].isel(step=0, layer=-1, direction=0, sample=0)
    expected = (gates.sel(gate="forget") < 0.1).mean("time")
    np.testing.assert_allclose(found["unit_left"].sel(gate="forget"), expected, atol=1e-6)
    assert len(figure.numbers(data, SETTINGS)) == 3 * 2 * 3 * 8


def test_before_training_no_gate_is_saturated(small):
    data = small("saturation_scatter")
    found = figure.fractions(of_seed(data, 0), UNTRAINED)
    assert float(found["unit_left"].max()) == float(found["unit_right"].max()) == 0
    circle = figure.compose(data, SETTINGS).axes[0].collections[0]
    np.testing.assert_array_equal(circle.get_offsets(), np.zeros((3, 2)))  # a slice a gate, in the corner


@pytest.mark.parametrize(
    ("after", "before", "outcome"),
    [
        ([(0.3, 0.4), (0.4, 0.3), (0.3, 0.3)], (0.0, 0.01), "both"),
        ([(0.6, 0.0), (0.0, 0.5), (0.4, 0.1)], (0.0, 0.0), "one_end"),
        ([(0.05, 0.1), (0.0, 0.1), (0.1, 0.05)], (0.0, 0.0), "stays"),
        ([(0.3, 0.4), (0.6, 0.0), (0.0, 0.1)], (0.0, 0.0), "unclear"),
        ([(0.5, 0.4), (0.4, 0.5), (0.5, 0.5)], (0.1, 0.1), "unclear"),  # they were not in the middle
    ],
)
def test_the_data_decide_the_title(after, before, outcome, small):
    data = planted(small("saturation_scatter"), after, before)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    shut, opened = after[figure.drawn_seed(data)]
    assert title.numbers["shut"] == pytest.approx(100 * shut)
    assert title.numbers["open"] == pytest.approx(100 * opened)
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert figure.caption(data, SETTINGS).claim == title.sentence


@pytest.mark.parametrize(
    ("losses", "outcome"),
    [((2.0, 2.0, 2.0), "not_learned"), ((2.0, 0.01, 2.0), "not_learned"), ((0.01, 2.0, 0.01), "both")],
)
def test_only_runs_that_have_learned_count(losses, outcome, small):
    after = [(0.3, 0.4), (0.0, 0.0), (0.4, 0.4)]
    data = planted(small("saturation_scatter"), after, losses=losses)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert (figure.drawn_seed(data) == 0) is (outcome == "both" or losses[0] == losses[1])
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence


def test_without_a_loss_nothing_is_said(small):
    data = planted(small("saturation_scatter"), [(0.3, 0.4)] * 3, losses=(0.01, np.nan, 0.01))
    with pytest.raises(ClaimRefused, match="saturation_scatter"):
        figure.claims(data, SETTINGS)


def test_without_numbers_nothing_is_said(small):
    data = planted(small("saturation_scatter"), [(0.3, np.nan)] * 3)
    with pytest.raises(ClaimRefused, match=r"saturation_scatter: .* open = nan"):
        figure.claims(data, SETTINGS)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    (title,) = figure.claims(full("saturation_scatter"), figure.Settings())
    assert title.outcome == "both"
    assert min(title.numbers["shut"], title.numbers["open"]) > 25

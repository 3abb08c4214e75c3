"""How the gates saturate."""

import numpy as np
import pytest
from gallery.planted_gates import set_last_loss, with_seeds
from gallery.small import small_settings

from gradviz.gallery.character_run import TRAINING, of_seed
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import saturation_heatmap as figure

SETTINGS = small_settings("saturation_heatmap")  # 3 seeds
TEXT_LOSS = 0.01


def planted(data, after, *, losses=(TEXT_LOSS,) * 3, before=0.0):
    """Runs whose gates are saturated by these fractions at the last recorded step."""

    def change(seed, moment, tree):
        if moment == TRAINING:
            module = tree["recurrent"]
            module["gate_right"].values[...] = 0
            module["gate_left"].values[...] = before
            module["gate_left"].loc[{"step": module["step"].values[-1]}] = after[seed]
            set_last_loss(tree, losses[seed])

    return with_seeds(data, change)


@pytest.fixture
def data(small):
    return small("saturation_heatmap")


@pytest.fixture
def run(data):
    return of_seed(data, 0)


def test_fractions_are_left_and_right_together(data, run):
    module = run["training"]["recurrent"].isel(layer=-1, direction=0)
    both = (module["gate_left"] + module["gate_right"]).sel(gate="output").transpose("time", "step")
    np.testing.assert_array_equal(figure.over_training(run)["output"], both)
    assert len(figure.numbers(data, SETTINGS)) == both.size * 4 * 3


def test_panels_show_these_numbers_and_the_candidate_is_not_called_a_gate(data):
    loss, *axes = figure.compose(data, SETTINGS).axes
    assert loss.get_title(loc="left") == "Loss"
    drawn = of_seed(data, figure.drawn_seed(data))
    for ax, fraction in zip(axes[:4], figure.over_training(drawn).values(), strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), fraction)
    names = [ax.get_title() or ax.get_title(loc="left") for ax in axes[:4]]
    assert names == ["forget gate", "input gate", "candidate", "output gate"]


@pytest.mark.parametrize(
    ("after", "losses", "outcome"),
    [
        ([0.5, 0.4, 0.6], (TEXT_LOSS,) * 3, "leave"),
        ([0.01, 0.02, 0.0], (TEXT_LOSS,) * 3, "stay"),
        ([0.5, 0.01, 0.6], (TEXT_LOSS,) * 3, "unclear"),
        ([0.15, 0.15, 0.15], (TEXT_LOSS,) * 3, "unclear"),
        ([0.5, 0.01, 0.6], (TEXT_LOSS, 3.0, TEXT_LOSS), "leave"),  # the one that did not learn is left out
        ([0.5, 0.5, 0.6], (TEXT_LOSS, 3.0, 3.0), "not_learned"),
    ],
)
def test_the_data_decide_the_title(after, losses, outcome, data):
    changed = planted(data, after, losses=losses)
    (title,) = figure.claims(changed, SETTINGS)
    assert title.outcome == outcome
    assert title.numbers["after"] == pytest.approx(100 * np.median(after))
    assert figure.compose(changed, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence


def test_gates_that_began_saturated_have_not_left_the_middle(data):
    assert figure.claims(planted(data, [0.5] * 3, before=0.4), SETTINGS)[0].outcome == "unclear"


def test_without_numbers_nothing_is_said(data):
    with pytest.raises(ClaimRefused, match=r"saturation_heatmap: .* after = nan"):
        figure.claims(planted(data, [np.nan] * 3), SETTINGS)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    data = full("saturation_heatmap")
    assert figure.claims(data, figure.Settings())[0].outcome == "leave"
    for fraction in figure.over_training(of_seed(data, figure.drawn_seed(data))).values():
        assert float(fraction[-1, -1]) > 0.5

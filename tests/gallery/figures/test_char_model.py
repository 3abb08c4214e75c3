"""The character model over its sentence."""

import numpy as np
import pytest
import xarray as xr
from gallery.planted_gates import set_last_loss, with_seeds
from gallery.small import small_settings

from gradviz.gallery.character_run import TRAINING, WINDOWS, of_seed
from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import char_model as figure
from gradviz.tasks.text_sources import SENTENCE

SETTINGS = small_settings("char_model")  # 3 seeds


def planted(data, lost, losses=(0.01, 0.01, 0.01)):
    """Runs whose gradient loses so many decades over a window, and that end with these losses."""

    def change(seed, moment, tree):
        if moment == TRAINING:
            norms = tree["recurrent"]["log10_grad_h"]
            shape = [norms.sizes["time"] if dim == "time" else 1 for dim in norms.dims]
            norms.values[...] = np.linspace(-lost[seed], 0, norms.sizes["time"]).reshape(shape)
            set_last_loss(tree, losses[seed])

    return with_seeds(data, change)


@pytest.fixture
def data(small):
    return small("char_model")


def test_every_window_has_its_own_gradient(data):
    run = of_seed(data, figure.drawn_seed(data))
    values = figure.window_gradients(run)
    assert values.shape == (10, 53)
    recorded = run[WINDOWS]["recurrent"]["log10_grad_h"].isel(step=0, layer=-1, direction=0)
    np.testing.assert_allclose(values[0], recorded.isel(time=-1), rtol=1e-6)  # lag 0 is the last time step
    numbers = figure.numbers(data, SETTINGS)
    assert numbers.iloc[0].to_dict() == {
        "position": 10,
        "lag": 1,
        "log10_grad_h": values[0, 0],
        "character": "o",  # the last one of "hello pyto"
    }
    assert len(numbers) == 530


def test_the_farthest_character_is_compared_with_the_largest_gradient(data):
    run = of_seed(data, figure.drawn_seed(data))
    values = 10 ** figure.window_gradients(run)
    expected = np.median(values[9] / values.max(axis=0))
    assert figure.left_at_the_end(run) == pytest.approx(expected)
    names = [ax.get_title(loc="left") for ax in figure.compose(data, SETTINGS).axes]
    assert any(f"10 characters back {100 * expected:.0f}\u202f% of the largest" in name for name in names)


def test_both_gradient_panels_have_the_nearest_character_below(data):
    _, training, *_ = figure.compose(data, SETTINGS).axes
    norms = of_seed(data, figure.drawn_seed(data))[TRAINING]["recurrent"]["log10_grad_h"]
    last = np.log10((10 ** norms.isel(layer=-1, direction=0, time=-1, step=0)).mean().item())
    assert training.get_ylabel() == "characters\nback"
    assert training.images[0].get_array()[0, 0] == pytest.approx(last, rel=1e-4)


def test_rows_are_labelled_with_the_letters_that_are_predicted(data):
    axes = figure.compose(data, SETTINGS).axes
    rows = {ax.get_xlabel(): "".join(label.get_text() for label in ax.get_xticklabels()) for ax in axes}
    text = SENTENCE.replace(" ", "␣")
    assert rows["character predicted"] == text
    below = next(ax for ax in axes if ax.get_xlabel() == "character predicted")
    edges = below.images[0]._Ax
    assert (edges[0], edges[-1]) == (9.5, len(text) - 0.5)  # the first ten are not predicted, the last one is


@pytest.mark.parametrize(
    ("lost", "losses", "outcomes"),
    [
        ([2, 1, 2.5], (0.01, 0.01, 0.01), ("reaches", "learned")),
        ([2, -1, 2.5], (0.01, 2.0, 0.01), ("reaches", "partly")),
        ([6, 7, 8], (0.01, 0.01, 0.01), ("vanishes", "learned")),
        ([2, 1, 2.5], (2.0, 2.0, 2.0), ("not_learned", "not_learned")),
        ([6, 7, 8], (2.0, 0.01, 2.0), ("not_learned", "partly")),
        ([6, 2, 2.5], (2.0, 0.01, 0.01), ("reaches", "partly")),  # that which has not learned does not count
        ([6, 1, 8], (0.01, 0.01, 0.01), ("unclear", "learned")),
    ],
)
def test_the_data_decide_what_is_said(lost, losses, outcomes, data):
    changed = planted(data, lost, losses)
    title, text = figure.claims(changed, SETTINGS)
    assert (title.outcome, text.outcome) == outcomes
    counted = [one for one, loss in zip(lost, losses, strict=True) if loss < 1.0] or lost
    assert title.numbers["most"] == pytest.approx(sorted(counted)[(len(counted) - 1) // 2])
    assert figure.compose(changed, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert text.sentence in figure.caption(changed, SETTINGS).measured


@pytest.mark.parametrize(
    ("decades", "loss", "fades"), [(1.5, 0.01, True), (0.5, 0.01, False), (1.5, 1, False)]
)
def test_a_gradient_that_fades_with_the_loss_is_explained(decades, loss, fades, data):
    run = of_seed(planted(data, [2, 2, 2], (loss,) * 3), 0)
    first = run[TRAINING]["recurrent"].to_dataset()
    later = first.assign_coords(step=first["step"] + 1)
    later["log10_grad_h"] = later["log10_grad_h"] - decades
    run[TRAINING]["recurrent"] = xr.DataTree(xr.concat([first, later], "step", data_vars="minimal"))
    losses = run[TRAINING]["loss"].copy()
    losses[0], losses[1:] = 1.0, loss
    run[TRAINING]["loss"] = losses
    assert figure.fades(run) == fades


def test_without_numbers_nothing_is_said(data):
    with pytest.raises(ClaimRefused, match=r"char_model: .* most = nan"):
        figure.claims(planted(data, [np.nan] * 3), SETTINGS)
    with pytest.raises(ClaimRefused, match="char_model"):
        figure.claims(planted(data, [1.0] * 3, (np.nan,) * 3), SETTINGS)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    title, text = figure.claims(full("char_model"), figure.Settings())
    assert (title.outcome, text.outcome) == ("reaches", "learned")
    assert text.numbers["last"] < 0.02

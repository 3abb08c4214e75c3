"""How far back the loss of a letter reaches."""

import numpy as np
import pytest
import xarray as xr
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import connectivity as figure

LETTERS = "hello␣pytorch,␣this␣"


@pytest.fixture
def settings():
    return small_settings("connectivity")


def test_what_is_lost_by_hand():
    values = np.array([[0.0, np.nan, np.nan], [-1.0, 0.5, np.nan], [-4.0, -3.0, 1.0]])
    together = np.stack([values, values - 1, np.where(values == -4, -5.5, values)])
    tree = xr.DataTree(xr.Dataset({"log10_connectivity": (("seed", "loss_time", "time"), together)}))
    np.testing.assert_array_equal(figure.lost(tree), [1.0, 1.0, 2.5])


def test_letters_are_on_both_axes_and_one_bar_is_left(small, settings):
    data = small("connectivity")
    drawn = figure.compose(data, settings)
    left, right, bar = drawn.axes
    text = [label.get_text() for label in left.get_xticklabels()]
    assert "".join(text) == LETTERS
    assert [label.get_text() for label in left.get_yticklabels()] == text
    assert left.images[0].get_clim() == right.images[0].get_clim()
    assert bar.get_ylabel()
    shown = data["after"]["log10_connectivity"].median("seed", skipna=False)
    lower = np.tril(np.ones((20, 20), bool))
    np.testing.assert_allclose(right.images[0].get_array()[lower], shown.values[lower])


def test_the_loss_that_loses_most_is_outlined(small, settings):
    data = {moment: tree.copy(deep=True) for moment, tree in small("connectivity").items()}
    data["after"]["log10_connectivity"].loc[{"loss_time": 7, "time": 0}] -= 9
    right = figure.compose(data, settings).axes[1]
    frames = {(frame.get_y(), frame.get_width()) for frame in right.patches if frame.get_zorder() == 5}
    assert frames == {(6.5, 7)}
    lost = np.median(figure.lost(data["after"]))
    assert f"worst row: loses {lost:.1f} decades" in [text.get_text() for text in right.texts]


def test_numbers_leave_out_states_after_the_loss(small, settings):
    found = figure.numbers(small("connectivity"), settings)
    assert len(found) == 2 * settings.seeds * 20 * 21 / 2


def planted(data, **decades):
    """Data that lose so many decades from the previous letter to the first, in every row, for each seed."""
    changed = {}
    for moment, seeds in decades.items():
        tree = data[moment].copy(deep=True)
        values = tree["log10_connectivity"].transpose("seed", "loss_time", "time").values
        together = np.repeat(values[:1], len(seeds), axis=0)
        together[:, :, 0] = -np.asarray(seeds, float)[:, None]
        together[:, :, 1:] = np.where(np.isnan(together[:, :, 1:]), np.nan, 0.0)
        array = (("seed", "loss_time", "time"), together)
        dataset = xr.Dataset({"log10_connectivity": array}, {"time": range(20)}, tree.attrs)
        changed[moment] = xr.DataTree(dataset)
    return changed


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ([4, 4, 4], [1, 1.5, 3], "now_reaches"),
        ([1, 1, 1], [1, 1, 3], "reached_before"),
        ([4, 4, 4], [1, 2.1, 3], "does_not_reach"),
        ([1, 1, 1], [3, 3, 3], "no_longer_reaches"),
    ],
)
def test_the_data_decide_the_title(before, after, outcome, small, settings):
    data = planted(small("connectivity"), before=before, after=after)
    (title,) = figure.claims(data, settings)
    assert title.outcome == outcome
    assert title.numbers["before"] == before[1]
    assert title.numbers["after"] == after[1]
    assert title.numbers["count"] == sum(decades <= 2 for decades in after)
    assert figure.compose(data, settings).get_suptitle().replace("\n", " ") == title.sentence


def test_without_numbers_nothing_is_said(small, settings):
    with pytest.raises(ClaimRefused, match="connectivity"):
        figure.claims(planted(small("connectivity"), before=[4, 4], after=[np.nan, 1]), settings)


@pytest.mark.slow
def test_the_numbers_at_full_size(full):
    before, after = (figure.lost(full("connectivity")[moment]) for moment in ("before", "after"))
    assert before.min() > 3
    assert np.median(after) < 2

"""What an early step tells of the end."""

import numpy as np
import pytest
import xarray as xr
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figure_settings import BadSetting, figure_settings
from gradviz.gallery.figures import early_warning as figure

SETTINGS = figure.Settings()
TELLING, USELESS = [1, 2, 3, 4, 9, 10, 11, 12], [1, 9, 2, 10, 1, 9, 2, 10]


def runs(lost=TELLING, loss=USELESS, *, learned=4):
    """Eight runs, of which the first ones learned."""
    final = [0.01 if rank < learned else 1.0 for rank in range(8)]
    columns = {
        "lost": np.array(lost, dtype=float),
        "early_loss": np.array(loss, dtype=float),
        "final_loss": np.array(final),
        "cell": ["rnn", "lstm", "gru", "rnn"] * 2,
        "start": ["default"] * 8,
    }
    return xr.DataTree(xr.Dataset({name: ("run", values) for name, values in columns.items()}))


def test_auc_by_hand():
    assert figure.auc(runs(), "lost") == 1
    assert figure.auc(runs(), "early_loss") == 0.5
    # pairs (failed, learned): 5 and 3, against 4 and 3: 5 > 4, 5 > 3, 3 < 4, 3 = 3
    few = runs().isel(run=[0, 1, 6, 7])
    few["lost"].values[:] = [4, 3, 5, 3]
    assert figure.auc(few, "lost") == pytest.approx(2.5 / 4)
    assert figure.auc(runs(learned=8), "lost") == 0.5
    assert figure.auc(runs(lost=[np.inf, *TELLING[1:]]), "lost") == pytest.approx(12 / 16)
    assert np.isnan(figure.auc(runs(lost=[np.nan, *TELLING[1:]]), "lost"))


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize(
    ("fixed", "spread", "outcome"),
    [
        (TELLING, USELESS, "fixed_only"),
        (TELLING, TELLING, "both"),
        (USELESS, TELLING, "spread_only"),
        (USELESS, USELESS, "neither"),
        (TELLING[::-1], USELESS, "neither"),
    ],
)
def test_the_data_decide_every_claim(fixed, spread, outcome, position):
    name = ("lost", "loss")[position]
    data = {"order": runs(**{name: fixed}), "adding": runs(**{name: spread})}
    claim = figure.claims(data, SETTINGS)[position]
    assert claim.outcome == outcome
    assert claim.numbers["fixed"] == figure.auc(data["order"], ("lost", "early_loss")[position])
    assert claim.numbers["learned_order"] == 4
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == (
        figure.claims(data, SETTINGS)[0].sentence
    )


@pytest.mark.parametrize("learned", [0, 2, 6, 8])
def test_with_too_few_of_a_kind_nothing_is_told(learned):
    data = {"order": runs(learned=learned), "adding": runs()}
    assert [claim.outcome for claim in figure.claims(data, SETTINGS)] == ["untold", "untold"]
    drawn = figure.compose(data, SETTINGS)
    said = [text.get_text() for ax in drawn.axes for text in ax.texts]
    alike = learned in (0, 8)
    assert said.count("no AUC: all runs ended alike") == (2 if alike else 0)
    fixed = "none" if alike else f"{figure.auc(data['order'], 'lost'):.2f}"
    listed = f"AUC of the decades lost: {fixed} with one fixed lag, 1.00 with many;"
    assert listed in figure.caption(data, SETTINGS).measured
    assert ("AUC: none." in figure.notes(data, SETTINGS).point) is alike


@pytest.mark.parametrize("name", ["lost", "early_loss", "final_loss"])
def test_without_numbers_nothing_is_said(name):
    data = {"order": runs(), "adding": runs()}
    data["adding"][name].values[3] = np.nan
    with pytest.raises(ClaimRefused, match="early_warning"):
        figure.claims(data, SETTINGS)


def test_every_run_is_a_dot_in_its_panels():
    data = {"order": runs(), "adding": runs(lost=USELESS)}
    axes = figure.compose(data, SETTINGS).axes
    for ax, (task, sign) in zip(
        axes,
        [("order", "lost"), ("adding", "lost"), ("order", "early_loss"), ("adding", "early_loss")],
        strict=True,
    ):
        dots = [point for line in ax.lines if line.get_marker() == "o" for point in line.get_xydata()]
        expected = zip(data[task][sign].values, data[task]["final_loss"].values, strict=True)
        assert sorted(map(tuple, dots)) == sorted(expected)


def test_every_setting_acts(small):
    settings = small_settings("early_warning")
    data = small("early_warning")
    assert {task: table.sizes["run"] for task, table in data.items()} == {"order": 12, "adding": 12}
    assert len(figure.numbers(data, settings)) == 24
    with pytest.raises(BadSetting, match="at = 5: must be below steps = 5"):
        figure_settings("early_warning", ["at=5", "steps=5"])


@pytest.mark.slow
def test_the_gradient_tells_with_one_lag_only(full):
    title, loss = figure.claims(full("early_warning"), figure.Settings())
    assert (title.outcome, loss.outcome) == ("fixed_only", "neither")

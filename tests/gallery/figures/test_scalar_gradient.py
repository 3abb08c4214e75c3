"""The gradient through one tanh unit, against ground truth and against autograd."""

import numpy as np
import pytest
import torch
import xarray as xr

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figure_settings import figure_settings
from gradviz.gallery.figures import scalar_gradient as figure

SETTINGS = figure.Settings()


@pytest.fixture(scope="module")
def data():
    return figure.experiment(None, SETTINGS)


@pytest.mark.parametrize(("w", "rate"), [(0.5, 0.5), (1.5, 0.39431), (2.0, 0.16637), (4.0, 0.00539)])
def test_rates_at_rest(w, rate):
    assert figure.fixed_point_rate(w) == pytest.approx(rate, abs=5e-6)


@pytest.mark.parametrize("w", [0.3, 1.0, 1.7])
def test_the_product_is_autograds(w):
    start = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    state = start
    for _ in range(12):
        state = torch.tanh(w * state)
    state.backward()
    found = figure.log10_product(w, start=0.5, steps=12)
    assert found == pytest.approx(np.log10(start.grad.item()), rel=1e-12)


def test_the_product_is_exact_where_tanh_is_1_in_floats():
    # h_1 = 1 to rounding, and 1 / cosh²(20) = 4 exp(-40)
    expected = 2 * np.log10(20) + (np.log10(4) - 40 / np.log(10)) * 2
    assert figure.log10_product(20.0, start=1.0, steps=2) == pytest.approx(expected, abs=1e-6)


def test_the_bound_is_never_crossed(data):
    table = data["scalar"].to_dataset()
    assert np.all(np.diff(table["rate"].sel(w=slice(1.0, None))) < 0)
    assert np.all(table["log10_product"] <= 50 * np.log10(table["w"]) + 1e-12)


def planted(products):
    weight = np.linspace(0, 4, 9)[1:]
    table = {"rate": ("w", weight), "log10_product": ("w", np.asarray(products, float))}
    return {"scalar": xr.DataTree(xr.Dataset(table, coords={"w": weight}))}


@pytest.mark.parametrize(
    ("products", "outcome", "peak"),
    [
        ([-9, -1, -2, -3, -4, -5, -6, -7], "vanishes", "near"),
        ([-9, -1, -1.1, -1.2, -1.3, -1.4, -1.5, -1.6], "neither", "near"),
        ([-9, -8, -7, -3, -4, -5, -6, -7], "neither", "elsewhere"),
        ([-9, 0, 1, 2, 3, 4, 5, 6], "grows", "elsewhere"),
    ],
)
def test_the_data_decide(products, outcome, peak):
    found = figure.claims(planted(products), SETTINGS)
    assert [claim.outcome for claim in found] == [outcome, peak]
    drawn = figure.compose(planted(products), SETTINGS)
    assert drawn.get_suptitle().replace("\n", " ") == found[0].sentence


def test_without_numbers_nothing_is_said():
    with pytest.raises(ClaimRefused, match="scalar_gradient"):
        figure.claims(planted([-9, -1, np.nan, -3, -4, -5, -6, -7]), SETTINGS)


@pytest.mark.parametrize(
    ("changes", "outcome"), [([], "vanishes"), (["start=0.0"], "grows"), (["steps=1"], "neither")]
)
def test_settings_change_what_is_said(changes, outcome):
    settings = figure_settings("scalar_gradient", changes)
    assert figure.claims(figure.experiment(None, settings), settings)[0].outcome == outcome


def test_the_lines_are_these_numbers(data):
    left, right = figure.compose(data, SETTINGS).axes
    numbers = figure.numbers(data, SETTINGS)
    np.testing.assert_array_equal(left.lines[1].get_ydata(), numbers["rate"])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), numbers["log10_product"])
    assert "w = 4: 0.00539" in figure.caption(data, SETTINGS).measured

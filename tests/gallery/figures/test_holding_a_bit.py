"""A unit that holds its value in silence."""

import numpy as np
import pytest
import xarray as xr
from gallery.small import small_settings

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import holding_a_bit as figure

SETTINGS = figure.Settings(span=10)


def unit(*, drift=0.0, loudness=0.0, wrong=0.0, lost=0.0):
    """A unit that holds values from -1 to 1 for 10 steps, with faults."""
    values = np.linspace(-1, 1, 9)
    c = np.tile(values, (12, 1))
    c[10] += drift * values.std()
    c[1:10] += np.linspace(0, drift, 10)[:9, None] * values.std()
    h = np.zeros_like(c)
    h[-1] = 0.5 * values
    h[1:11] = loudness * 0.5 * np.abs(values).mean()
    gradient = np.tile(np.linspace(-lost, 0, 10)[:, None], (1, 9))
    gradient = np.concatenate([gradient[:1], gradient, gradient[-1:]])
    states = {"c": c, "h": h, "output_gate": np.abs(h), "log10_grad_c": gradient}
    answer = values + np.sqrt(wrong) * values.std()
    return xr.DataTree(
        xr.Dataset(
            {name: (("time", "sample"), value) for name, value in states.items()}
            | {"value": ("sample", values), "answer": ("sample", answer)}
        )
    )


def test_the_numbers_by_hand():
    found = figure.held(unit(drift=0.2, loudness=0.05, wrong=0.04, lost=3))
    assert found.drift == pytest.approx(0.2)
    assert found.loudness == pytest.approx(0.05)
    assert found.wrong == pytest.approx(0.04)
    assert found.lost == pytest.approx(3)
    assert found.holds


GOOD = {}


@pytest.mark.parametrize(
    ("units", "outcome", "count"),
    [
        ([GOOD, GOOD, GOOD], "most", 3),
        ([GOOD, GOOD, {"drift": 0.3}], "most", 2),
        ([GOOD, GOOD, {"loudness": 0.2}, {"wrong": 0.2}], "some", 2),
        ([GOOD, {"drift": 0.3}, {"drift": 1}], "some", 1),
        ([{"drift": 0.3}, {"loudness": 0.2}, {"wrong": 0.2}], "none", 0),
    ],
)
def test_the_data_decide_the_title(units, outcome, count):
    data = {str(seed): unit(**fault) for seed, fault in enumerate(units)}
    title = figure.claims(data, SETTINGS)[0]
    assert (title.outcome, title.numbers["count"]) == (outcome, count)
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert figure.notes(data, SETTINGS).ask.startswith("What would" if count == 0 else "How does")


@pytest.mark.parametrize(
    ("units", "outcome", "lost"),
    [
        ([{"lost": 0.5}, {"lost": 0.7}, {"drift": 1, "lost": 9}], "arrives", 0.6),
        ([{"lost": 2}, {"lost": 2}], "changes", 2),
        ([{"lost": -3}], "changes", -3),
        ([{"drift": 1, "lost": 0}], "untold", 0),
    ],
)
def test_the_data_decide_about_the_gradient(units, outcome, lost):
    data = {str(seed): unit(**fault) for seed, fault in enumerate(units)}
    gradient = figure.claims(data, SETTINGS)[1]
    assert gradient.outcome == outcome
    assert gradient.numbers["lost"] == pytest.approx(lost)
    assert figure.compose(data, SETTINGS).axes[2].get_title() == gradient.sentence
    assert gradient.sentence in figure.caption(data, SETTINGS).alt
    assert figure.notes(data, SETTINGS).answer


@pytest.mark.parametrize("fault", ["drift", "loudness", "wrong", "lost"])
def test_without_numbers_nothing_is_said(fault):
    data = {"0": unit(), "1": unit(**{fault: np.nan})}
    with pytest.raises(ClaimRefused, match="holding_a_bit"):
        figure.claims(data, SETTINGS)


def test_the_unit_that_drifts_least_is_drawn():
    data = {"0": unit(drift=0.1), "1": unit(loudness=0.5), "2": unit(drift=0.05)}
    assert figure.example(data) == "2"
    cell, *_ = figure.compose(data, SETTINGS).axes
    drawn = np.stack([line.get_ydata() for line in cell.lines])
    assert len(drawn) == figure.DRAWN
    assert {round(row[1], 6) for row in drawn} <= {round(v, 6) for v in data["2"]["c"].values[1]}


def test_every_setting_acts(small):
    settings = small_settings("holding_a_bit")
    data = small("holding_a_bit")
    assert len(data) == settings.seeds
    assert data["0"].sizes["time"] == settings.span + 2
    assert len(figure.numbers(data, settings)) == 2 * (settings.span + 2) * 64


@pytest.mark.slow
def test_most_units_hold_a_value_at_full_size(full):
    data = full("holding_a_bit")
    title, gradient = figure.claims(data, figure.Settings())
    assert title.outcome == "most"
    assert gradient.outcome == "arrives"

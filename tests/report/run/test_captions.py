"""Captions tell of what is on the page, and of nothing else."""

import numpy as np
import pytest
import xarray as xr
from report.data.made import recording
from report.run.three_runs import write

pytestmark = pytest.mark.slow

HAS = {"lag": 3, "informative": [1], "baseline": 0.1, "baseline_meaning": "always 1"}


def said(browser):
    """Everything that can be read; a hidden part of a caption has no place on the page."""
    return browser.run("document.querySelector('main').innerText")


CAPTIONS = ["Dots above the dashed line", "dashed: the trivial predictor", "Amber: "]


@pytest.mark.parametrize("has", [False, True])
def test_lines_and_marks_are_told_where_there_are_any(browser, tmp_path, has):
    run = recording((0, 10), attributes=HAS if has else {})
    browser.open(write(tmp_path / "page.html", {"run": run}))
    words = said(browser)
    assert [caption in words for caption in CAPTIONS] == [has] * 3
    assert "not finite" not in words
    browser.assert_clean()


def test_a_trivial_predictor_that_a_log_axis_cannot_show_is_not_told(browser, tmp_path):
    run = recording((0, 10), attributes={"baseline": -1.0, "baseline_meaning": "always 1"})
    browser.open(write(tmp_path / "page.html", {"run": run}))
    assert "dashed: the trivial predictor" not in said(browser)


def test_losses_that_are_not_finite_are_marked_and_counted(browser, tmp_path):
    loss = [1.0, 0.5, 0.25, np.nan, np.inf, np.nan]
    browser.open(write(tmp_path / "page.html", {"run": recording((0, 5), loss=loss)}))
    crosses = browser.source("learning_curve-lost")
    assert crosses["step"] == [3, 4, 5]
    assert len(set(crosses["value"])) == 1
    axis = "gradviz.model('learning_curve-y')"
    low, high = browser.run(f"[{axis}.start, {axis}.end]")
    assert np.log(crosses["value"][0] / low) / np.log(high / low) == pytest.approx(0.96)
    words = browser.run("document.querySelector('[data-words=learning_curve]').textContent")
    assert words == "run: 3 of 6 values are not finite, the first at training step 3"
    assert "crosses: values that are not finite" in said(browser)


def test_the_validation_is_dots_in_the_learning_curve(browser, tmp_path):
    run = recording((0, 5), loss=[1.0, 0.5, 0.25, 0.2, 0.2, 0.2])
    run["validation_loss"] = xr.DataArray([np.nan, 2.0, np.nan, np.nan, np.nan, 0.3], dims="iteration")
    browser.open(write(tmp_path / "page.html", {"run": run}))
    assert browser.source("learning_curve-validation-0") == {"step": [1, 5], "value": [2.0, 0.3]}
    assert browser.run("gradviz.model('learning_curve-y').end") > 2
    assert "dots: the loss on the validation set" in said(browser)
    browser.open(write(tmp_path / "page.html", {"run": recording((0, 5))}))
    assert "the validation set" not in said(browser)


def test_gates_that_are_not_finite_are_not_said_to_be_free_of_saturation(browser, tmp_path):
    gates = {"unit_mean": np.full((1, 1, 4, 3), np.nan), "unit_left": np.zeros((1, 1, 4, 3))}
    run = recording((0, 1), unit_right=np.zeros((1, 1, 4, 3)), **gates)
    browser.open(write(tmp_path / "page.html", {"run": run}))
    assert browser.source("saturation-dots")["left"] == []
    words = browser.run("document.querySelector('[data-words=saturation]').textContent")
    assert "No unit is saturated" not in words
    assert "12 are not known" in words


@pytest.mark.parametrize(
    ("cell", "left"), [("lstm", "below 0.1 (tanh: below -0.9)"), ("gru", "below 0.1 (tanh: below -0.9)")]
)
def test_saturation_is_told_for_the_functions_that_the_cell_has(browser, tmp_path, cell, left):
    run = recording((0, 1), cell=cell)
    browser.open(write(tmp_path / "page.html", {"run": run}))
    words = browser.run("document.querySelector('[data-words=saturation]').textContent")
    assert f"Left: fraction of time {left}; right: fraction of time above 0.9." in words

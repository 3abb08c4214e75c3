"""Paths of the gradient of the chosen run: norms as lines, fractions as bands."""

import numpy as np
import pytest
from report.run.three_runs import LSTM, series

from gradviz.measures.gradient_paths import gradient_paths

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("position", "step"), [(0, 0), (2, 10), (3, 20)])
def test_norms_are_those_of_the_recording(browser, page, runs, position, step):
    browser.open(page, fragment=f"run=0&step={position}")
    expected = gradient_paths(series(runs[LSTM], step))["log10_grad_path"]
    step_of_code = (expected.where(np.isfinite(expected)).max() - (-12)) / 249
    for path in expected["path"].values:
        line = browser.source(f"paths-line-{path}")
        values = expected.sel(path=path).values
        found = np.array([np.nan if value is None else value for value in line["decades"]], dtype=float)
        np.testing.assert_allclose(
            found, np.where(np.isfinite(values), values, np.nan), atol=float(step_of_code)
        )
    browser.assert_clean()


def test_fractions_are_stacked_to_one(browser, page, runs):
    browser.open(page, fragment="run=0&step=3&paths_as=fraction")
    expected = gradient_paths(series(runs[LSTM], 20))["path_fraction"]
    order = ["direct", "carry", "forget", "input", "candidate", "output"]
    bottom = np.zeros(expected.sizes["time"])
    for path in order:
        band = browser.source(f"paths-band-{path}")
        np.testing.assert_allclose(band["bottom"][::2], bottom, atol=6 / 498)
        bottom = bottom + expected.sel(path=path).values
        np.testing.assert_allclose(band["top"][::2], bottom, atol=6 / 498)
    np.testing.assert_allclose(bottom, 1)
    assert browser.source("paths-line-carry")["time"] == []


def test_paths_follow_the_run(browser, page):
    browser.open(page, fragment="run=1")
    legend = "[...document.querySelectorAll('[data-legend=paths] span')].map((s) => s.textContent)"
    assert browser.run(legend) == ["direct", "carry", "reset", "update", "candidate"]
    assert browser.source("paths-line-forget")["time"] == []


def test_where_a_path_is_nothing_is_said(browser, page):
    browser.open(page, fragment="run=0")
    words = browser.run("document.querySelector('[data-words=paths]').textContent")
    assert "carry at 1" in words
    assert "direct at" not in words


def test_bands_of_uneven_time_steps_meet_halfway(browser, page):
    browser.open(page, fragment="run=0&step=3&paths_as=fraction")
    browser.run("""gradviz.runState().runs[0].places[0].paths.times.values = [0, 2, 4, 6, 8, 10, 11];
        gradviz.choose("run", 0); return 1""")
    edges = [-1, 1, 3, 5, 7, 9, 10.5, 11.5]
    assert browser.source("paths-band-direct")["time"] == np.repeat(edges, 2)[1:-1].tolist()

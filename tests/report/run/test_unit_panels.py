"""Saturation and time constants of the chosen run: the recording's numbers at every step."""

import numpy as np
import pytest
from report.run.three_runs import LSTM, series


@pytest.mark.parametrize(("position", "step"), [(0, 0), (2, 10), (3, 20)])
def test_saturation_is_that_of_the_recording(browser, page, runs, position, step):
    browser.open(page, fragment=f"run=0&step={position}")
    dots = browser.source("saturation-dots")
    found = series(runs[LSTM], step)
    assert len(dots["left"]) == 20
    for left, right, gate, unit in zip(dots["left"], dots["right"], dots["gate"], dots["units"], strict=True):
        at = found.sel(gate=gate, unit=int(unit))
        assert left == pytest.approx(float(at["unit_left"]), abs=1 / 498)
        assert right == pytest.approx(float(at["unit_right"]), abs=1 / 498)
    legend = "[...document.querySelectorAll('[data-legend=saturation] span')].map((s) => s.textContent)"
    assert browser.run(legend) == ["forget", "input", "candidate", "output"]
    browser.assert_clean()


def test_gates_at_one_point_are_rings(browser, page):
    browser.open(page)
    browser.run("""const panel = gradviz.runState().runs[0].places[0].saturation;
        panel.left.codes.fill(0); panel.right.codes.fill(0); gradviz.choose('run', 0); return 1""")
    dots = browser.source("saturation-dots")
    assert len(dots["size"]) == 4
    assert dots["count"] == [5, 5, 5, 5]
    assert min(-np.diff(dots["size"])) >= 7
    assert dots["units"][0] == "0, 1, 2, 3, 4"


@pytest.mark.parametrize(("position", "step"), [(0, 0), (3, 20)])
def test_time_constants_are_those_of_the_recording(browser, page, runs, position, step):
    browser.open(page, fragment=f"run=0&step={position}")
    dots = browser.source("time_constants-dots")
    kept = series(runs[LSTM], step)["unit_mean"].sel(gate="forget").values[1:]
    np.testing.assert_allclose(dots["constant"], np.sort(1 / (1 - kept)), rtol=1e-5)
    assert sorted(dots["unit"]) == [1, 2, 3, 4]
    words = browser.run("document.querySelector('[data-words=time_constants]').textContent")
    assert "1 infinite" in words
    lag = browser.run(
        "[gradviz.model('time_constants-lag').location, gradviz.model('time_constants-y').end > 40]"
    )
    assert lag == [40, True]
    assert browser.run("gradviz.model('time_constants-lag-words').text") == "the task needs 40 steps"


def test_a_run_without_a_lag_has_no_line(browser, page):
    browser.open(page, fragment="run=1")
    assert not browser.run("gradviz.model('time_constants-lag').visible")


def test_a_cell_without_a_gate_that_keeps_its_state_is_said(browser, page):
    browser.open(page, fragment="run=2")
    assert browser.run("document.querySelector('[data-notice=time_constants]').textContent").startswith(
        "rnn: "
    )

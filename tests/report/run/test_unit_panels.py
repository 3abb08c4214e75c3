"""Saturation and time constants of the chosen run: the recording's numbers at every step."""

import numpy as np
import pytest
from report.data.made import recording
from report.run.three_runs import LSTM, series, write
from selenium.webdriver import ActionChains

from gradviz.report.data.compare import page_data
from gradviz.report.page.html_page import write_page
from gradviz.report.run.run_page import run_page

pytestmark = pytest.mark.slow


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


def test_a_dot_under_the_mouse_tells_its_unit(browser, page):
    browser.open(page, fragment="run=0&step=3")
    figure = browser.driver.find_element("css selector", "[data-figure=saturation]")
    browser.run(
        "document.querySelector('[data-figure=saturation]').scrollIntoView({ block: 'center' }); return 1"
    )
    x, y = browser.run("""const view = [...Bokeh.index].find((each) => each.model.name === "saturation");
        const { left, right } = gradviz.model("saturation-dots").data;
        return [view.frame.x_scale.compute(left[0]), view.frame.y_scale.compute(right[0])]""")
    size = figure.size
    move = ActionChains(browser.driver).move_to_element_with_offset(
        figure, round(x - size["width"] / 2), round(y - size["height"] / 2)
    )
    move.perform()
    browser.wait("gradviz.model('saturation-dots').inspected.indices.includes(0)", seconds=3)
    tips = browser.run("gradviz.model('saturation').toolbar.tools.map((tool) => tool.tooltips)")
    assert ["units", "@units"] in tips[0]


def test_a_run_that_ended_in_nan_has_a_page(browser, tmp_path):
    """No unit has a time constant that is known."""
    nan = np.full((1, 1, 4, 8), np.nan)
    run = recording((0, 1), units=8, unit_mean=nan, unit_left=nan, unit_right=nan)
    browser.open(write(tmp_path / "page.html", {"run": run}))
    words = browser.run("document.querySelector('[data-words=time_constants]').textContent")
    assert words.endswith("8 not known")
    assert "Median" not in words
    browser.assert_clean()


def test_the_words_are_of_all_units_where_only_some_are_drawn(browser, tmp_path):
    left = np.zeros((1, 1, 4, 40))
    left[0, 0, 1, 31] = 0.004
    run = recording((0,), units=40, unit_left=left, unit_right=np.zeros_like(left))
    page = run_page(page_data({"run": run}, page_bytes=1))
    write_page(page, tmp_path / "page.html")
    browser.open(tmp_path / "page.html")
    assert 31 not in browser.run("[...gradviz.runState().runs[0].places[0].saturation.units.values]")
    words = browser.run("document.querySelector('[data-words=saturation]').textContent")
    assert "Saturated most often: forget gate of unit 31, less than 1\u00a0% of the time" in words
    middle = np.median(1 / (1 - series(run, 0)["unit_mean"].sel(gate="forget").values))
    words = browser.run("document.querySelector('[data-words=time_constants]').textContent")
    assert f"Median {middle:.3g} time steps" in words

"""The gates of the chosen run: the recording's numbers, driven by slider, selects and run."""

import numpy as np
import pytest
from report.run.three_runs import GRU, LSTM, RNN, series
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.slow

FIGURE = '[data-figure="gates"]'


def mean_gate(runs, name, step, gate):
    """Mean over sequences, (unit, time)."""
    return series(runs[name], step)["gates"].sel(gate=gate).mean("sample").transpose("unit", "time").values


def shown(browser, shape, *, low, high):
    """Activations of the heatmap, (row, column), NaN where it is marked."""
    codes = np.array(browser.source("gates-cells")["image"][0], dtype=float).reshape(shape)
    return np.where(codes <= 249, low + (high - low) * codes / 249, np.nan)


@pytest.mark.parametrize("moment", [(0, 0), (2, 10), (3, 20)])  # the slider stops at 0, 5, 10, 20, 30
@pytest.mark.parametrize("scale", [("forget", 0), ("candidate", -1)])
def test_it_shows_the_recording(browser, page, runs, moment, scale):
    (position, step), (gate, low) = moment, scale
    browser.open(page, fragment=f"run=0&step={position}&gate={gate}")
    expected = mean_gate(runs, LSTM, step, gate)
    found = shown(browser, expected.shape, low=low, high=1)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, atol=(1 - low) / 249)
    browser.assert_clean()


def test_units_are_ordered_by_time_constant(browser, page, runs):
    browser.open(page, fragment="run=0&step=3&gate=output")
    browser.keys("select[name=order]", "by")
    last = series(runs[LSTM], 20)
    order = np.argsort(last["unit_mean"].sel(gate="forget").values)  # unit 0 is infinite and comes last
    expected = mean_gate(runs, LSTM, 20, "output")[order]
    np.testing.assert_allclose(shown(browser, expected.shape, low=0, high=1), expected, atol=1 / 249)
    assert "rank" in browser.run("gradviz.model('gates-y-axis').axis_label")


def test_the_slider_changes_data_and_pixels_by_keyboard(browser, page):
    browser.open(page, fragment="run=0&step=0")
    before, picture = browser.source("gates-cells"), browser.pixels(FIGURE)
    browser.keys("input[name=step]", Keys.END)
    assert browser.source("gates-cells") != before
    browser.wait("true")
    assert browser.pixels(FIGURE) != picture


def test_the_slider_changes_data_by_mouse(browser, page):
    browser.open(page, fragment="run=0&step=0")
    before = browser.source("gates-cells")
    slider = browser.driver.find_element(By.CSS_SELECTOR, "input[name=step]")
    ActionChains(browser.driver).move_to_element(slider).click().perform()
    assert browser.run("gradviz.runState().step") == 10
    assert browser.source("gates-cells") != before


def test_gates_follow_the_run(browser, page, runs):
    browser.open(page, fragment="run=0&step=3&gate=candidate")
    browser.keys("select[name=run]", Keys.ARROW_DOWN)
    assert browser.run("gradviz.runState().run") == 1
    options = browser.run("[...document.querySelector('select[name=gate]').options].map((o) => o.value)")
    assert options == ["reset", "update", "candidate"]
    expected = mean_gate(runs, GRU, 20, "candidate")
    np.testing.assert_allclose(shown(browser, expected.shape, low=-1, high=1), expected, atol=2 / 249)
    assert browser.run("document.querySelector('[data-words=gates]').textContent").startswith(GRU)
    browser.assert_clean()


def test_marks_are_counted(browser, page):
    browser.open(page, fragment="run=0&step=3")
    words = browser.run("document.querySelector('[data-marks=gates]').textContent")
    assert words.strip().endswith(": 1 cell")  # unit 0 has no value at time step 0


def test_what_is_missing_is_said(browser, page):
    browser.open(page, fragment="run=2")
    notice = "document.querySelector('[data-notice=gates]')"
    assert not browser.run(f"{notice}.hidden")
    words = browser.run(f"{notice}.textContent")
    assert words.startswith(f"{RNN}: ")
    assert 'detail="full"' in words or "detail='full'" in words
    assert browser.run("document.querySelector('[data-csv=gates]').disabled")


def test_csv_has_what_is_seen(browser, page, runs):
    browser.open(page, fragment="run=0&step=2&gate=input")
    found = browser.run("gradviz.runPanels.find((p) => p.id === 'gates').csv(gradviz.runState()).rows")
    expected = mean_gate(runs, LSTM, 10, "input")
    assert [row[5:8] for row in found[:2]] == [["input", 0, 0], ["input", 0, 1]]
    assert found[0][4] == 10
    numbers = np.array([np.nan if row[8] is None else row[8] for row in found], dtype=float)
    np.testing.assert_allclose(numbers.reshape(expected.shape), expected, atol=2 / 498 + 1e-4)


UNITS, TIMES = [0, 1, 6, 7, 16], [0, 2, 4, 6, 8, 10, 11]
THIN = f"""const panel = gradviz.runState().runs[0].places[0].gates;
    panel.units.values = {UNITS}; panel.times.values = {TIMES};
    panel.units_kept = "every 2nd by time constant";
    gradviz.choose("run", 0); return 1"""


def test_rows_of_thinned_units_have_their_own_numbers(browser, page, runs):
    browser.open(page, fragment="run=0&step=3&gate=output")
    browser.run(THIN)
    expected = mean_gate(runs, LSTM, 20, "output")
    cells = browser.source("gates-cells")
    assert (cells["y"], cells["dh"]) == ([-0.5], [5])
    axis = "gradviz.model('gates-y-axis')"
    assert browser.run(f"[...{axis}.major_label_overrides.values()]") == list(map(str, UNITS))
    assert browser.run(f"{axis}.axis_label") == "hidden unit, every 2nd by time constant"
    # time steps: edges at -1, 1, 3, 5, 7, 9, 10.5, 11.5, in pixels of a half
    assert (cells["x"], cells["dw"]) == ([-1], [12.5])
    found = shown(browser, (5, 25), low=0, high=1)
    wide = np.repeat(expected, [4, 4, 4, 4, 4, 3, 2], axis=1)
    np.testing.assert_allclose(found, wide, atol=1 / 249)
    rows = browser.run("gradviz.runPanels.find((p) => p.id === 'gates').csv(gradviz.runState()).rows")
    assert [row[6] for row in rows[::7]] == UNITS
    browser.keys("select[name=order]", "by")
    assert browser.run(f"{axis}.axis_label") == "rank by time constant (0: shortest), of the units here"
    assert browser.run(f"{axis}.major_label_overrides.size") == 0
    browser.assert_clean()

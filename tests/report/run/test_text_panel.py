"""The text of the chosen run: its characters, coloured by the recording's numbers."""

import numpy as np
import pytest
from report.run.three_runs import LSTM, TEXT, series
from selenium.webdriver.common.keys import Keys

from gradviz.plots.drawing.luminance import luminance

pytestmark = pytest.mark.slow

ATOL = 1 / 249 + 5e-4  # half a step between two codes of [-1, 1], and half of the last digit
SPANS = "[...document.querySelectorAll('[data-characters] span')]"


def values(browser):
    return browser.run(
        "gradviz.runPanels.find((p) => p.id === 'text').csv(gradviz.runState()).rows.map((r) => r.at(-1))"
    )


def test_characters_are_text_and_spaces_are_seen(browser, page):
    browser.open(page, fragment="run=0")
    assert browser.run(f"{SPANS}.map((s) => s.textContent).join('')") == 'a␣<b>"⏎'
    assert browser.run("document.querySelectorAll('[data-characters] b').length") == 0


@pytest.mark.parametrize(("position", "step"), [(0, 0), (3, 20)])
def test_numbers_are_those_of_the_recording(browser, page, runs, position, step):
    browser.open(page, fragment=f"run=0&step={position}&colour_by=gradient")
    found = series(runs[LSTM], step).isel(sample=0)
    np.testing.assert_allclose(values(browser), found["log10_grad_h"].values, rtol=1e-3, atol=1e-3)
    browser.run("gradviz.choose('colour_by', 'state'); gradviz.choose('unit', 3); return 1")
    np.testing.assert_allclose(values(browser), found["h"].sel(unit=3).values, atol=ATOL)
    browser.run("gradviz.choose('colour_by', 'gate-input'); return 1")
    np.testing.assert_allclose(values(browser), found["gates"].sel(unit=3, gate="input").values, atol=ATOL)


def test_the_unit_is_chosen_by_keyboard(browser, page):
    browser.open(page, fragment="run=0&colour_by=state&unit=2")
    before = browser.run(f"{SPANS}.map((s) => s.style.background)")
    browser.keys("input[name=unit]", Keys.ARROW_UP)
    assert browser.run("gradviz.runState().unit") == 3
    assert browser.run(f"{SPANS}.map((s) => s.style.background)") != before


@pytest.mark.parametrize("name", ["gradient", "state", "gate-forget"])
def test_letters_are_legible_on_their_colour(browser, page, name):
    browser.open(page, fragment=f"run=0&unit=1&colour_by={name}")
    read = "getComputedStyle(s)"
    pairs = browser.run(f"{SPANS}.map((s) => [{read}.color, {read}.backgroundColor])")
    assert len(pairs) == len(TEXT)
    for pair in pairs:
        low, high = sorted(
            luminance(np.array([int(part) for part in colour[4:-1].split(",")]) / 255) + 0.05
            for colour in pair
        )
        assert high / low >= 4.5


def test_every_mark_and_shade_has_a_legible_letter(browser, page):
    browser.open(page, fragment="run=0")
    browser.run(
        "gradviz.runState().runs[0].text.places[0].gradient.values.fill(-Infinity);"
        "gradviz.choose('colour_by', 'gradient'); return 1"
    )
    words = browser.run("document.querySelector('[data-marks=text]').textContent")
    assert words.strip().endswith(f": {len(TEXT)} characters")


def test_a_run_without_a_text_says_how_to_get_one(browser, page):
    browser.open(page, fragment="run=1")
    said = browser.run("document.querySelector('[data-notice=text]').textContent")
    assert "gv.record(model, detail='full'" in said


def test_it_wraps_on_a_narrow_window(browser, page):
    browser.open(page, width=390, fragment="run=0")
    browser.assert_clean()

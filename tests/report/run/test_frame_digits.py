"""Numbers from codes of one byte have the digits that the codes have, and say how far off they may be."""

import numpy as np
import pytest
from report.lessons.javascript import REPORT, call, new_engine

from gradviz.report.data.frames import quantise

ENDS = [(0.0, 1.0), (-1.0, 1.0), (0.9, 0.9001), (-12.0, 0.5), (0.0, 123456.0), (-3e7, 2e8)]


@pytest.fixture(scope="module")
def engine():
    made = new_engine()
    made.eval("globalThis.gradviz = {};")
    for script in ("decode.js", "frame_digits.js"):
        made.eval((REPORT / "run" / script).read_text(encoding="utf-8"))
    return made


def error(engine, low, high):
    return call(engine, "(frame) => gradviz.frameError(frame)", {"low": low, "high": high})


def test_digits_by_hand(engine):
    number = "(low, high, code) => gradviz.frameNumber({ low, high }, code)"
    assert call(engine, number, 0, 1, 100) == 0.402  # 100 / 249 = 0.40161
    assert call(engine, number, 0, 24900, 123) == 12300
    assert call(engine, number, 0, 12345, 100) == 4960  # 4957.8, steps of 49.6
    assert call(engine, number, 0.5, 0.5, 0) == 0.5
    assert error(engine, 0, 1) == "±0.003"  # 1 / 498 + 0.0005
    assert error(engine, -12, 0.5) == "±0.04"  # 0.0251 + 0.005, rounded up
    assert error(engine, 0.5, 0.5) == ""


@pytest.mark.parametrize(("low", "high"), ENDS)
def test_no_number_is_further_off_than_it_says(engine, low, high):
    values = np.linspace(low, high, 1501)
    frame = quantise(values, ("time",))
    shown = call(
        engine,
        "(frame, codes) => codes.map((code) => gradviz.frameNumber(frame, code))",
        {"low": low, "high": high},
        frame.codes.tolist(),
    )
    told = float(error(engine, low, high)[1:])
    assert np.abs(np.subtract(shown, values)).max() <= told * (1 + 1e-9)
    assert told <= 2 * (high - low) / 249
    assert len(set(shown)) == 250  # every code has its own number


def test_marks_are_no_numbers(engine):
    found = call(engine, "(frame) => [250, 252, 254].map((c) => String(gradviz.frameNumber(frame, c)))", {})
    assert found == ["-Infinity", "Infinity", "NaN"]


def test_the_page_says_it(browser, page):
    browser.open(page, fragment="run=0&step=3&colour_by=state")
    for panel in ("gates", "saturation", "paths", "text"):
        words = browser.run(f"document.querySelector('[data-words={panel}]').textContent")
        assert "The numbers (CSV) are rounded: ±0.0" in words
    browser.run("gradviz.choose('colour_by', 'gradient'); return 1")
    assert "rounded" not in browser.run("document.querySelector('[data-words=text]').textContent")
    rows = browser.run("gradviz.runPanels.find((p) => p.id === 'gates').csv(gradviz.runState()).rows")
    numbers = [row[8] for row in rows if row[8] is not None]
    assert all(round(number, 3) == number for number in numbers)

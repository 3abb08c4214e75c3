"""Cells that no colour scale can show are hatched and told; the mouse tells what a cell holds."""

import numpy as np
import pytest
from report.data.made import recording
from report.run.three_runs import series, write
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.slow

TIMES, STEPS = 6, (0, 10, 20)


@pytest.fixture(scope="module")
def run():
    norms = np.broadcast_to(-1.0 - np.arange(TIMES)[:, None], (1, 1, TIMES, 2)).copy()
    norms[:, :, 0], norms[:, :, 1], norms[:, :, 5] = -np.inf, np.inf, np.nan
    gates = np.full((1, 1, TIMES, 2, 4, 3), 0.25)
    gates[..., 2, 1] = 0.75
    gates[:, :, 4] = np.nan
    return recording(STEPS, log10_grad_h=norms, gates=gates)


@pytest.fixture(scope="module")
def path(run, tmp_path_factory):
    return write(tmp_path_factory.mktemp("marks") / "page.html", {"run": run})


def point_at(browser, name, x, y):
    """Move the mouse to a place of a figure, in its own numbers."""
    element = browser.driver.find_element("css selector", f"[data-figure={name}]")
    browser.run(
        f"document.querySelector('[data-figure={name}]').scrollIntoView({{ block: 'center' }}); return 1"
    )
    across, down = browser.run(
        "const view = [...Bokeh.index].find((each) => each.model.name === arguments[0]);"
        "return [view.frame.x_scale.compute(arguments[1]), view.frame.y_scale.compute(arguments[2])]",
        name,
        x,
        y,
    )
    right, below = round(across - element.size["width"] / 2), round(down - element.size["height"] / 2)
    ActionChains(browser.driver).move_to_element_with_offset(element, right, below).perform()


def tip(browser):
    return browser.run("document.querySelector('.tip:not([hidden])')?.textContent ?? ''")


def test_marked_cells_are_hatched_each_in_its_way(browser, path):
    browser.open(path)
    found = browser.source("heatmap-0-marks")
    places = zip(found["left"], found["right"], found["bottom"], found["top"], strict=True)
    drawn = dict(zip(found["hatch"], places, strict=True))
    assert drawn == {".": (-5, 25, -0.5, 0.5), "x": (-5, 25, 0.5, 1.5), "\\": (-5, 25, 4.5, 5.5)}
    words = browser.run("document.querySelector('[data-heatmap-words=\"0\"]').innerText")
    for mark in ("exactly zero: 3 cells", "not finite: 3 cells", "nothing recorded: 3 cells"):
        assert mark in words
    boxes = browser.run(
        "[...document.querySelectorAll('.mark-box')].map((b) => getComputedStyle(b).backgroundImage)"
    )
    assert "none" not in boxes
    assert len(set(boxes)) == 3
    assert browser.source("gates-marks")["hatch"] == ["\\"]
    assert browser.source("gates-marks")["left"] == [3.5]
    browser.assert_clean()


def test_as_few_rectangles_as_cells_allow(browser, path):
    browser.open(path)
    codes = [0, 250, 250, 250, 254, 250, 250, 250, 0]
    found = browser.run("gradviz.markedCells(Uint8Array.from(arguments[0]), 3, 3)", codes)
    area = sum((each["right"] - each["left"]) * (each["top"] - each["bottom"]) for each in found)
    assert area == 7
    stripe = browser.run("gradviz.markedCells(new Uint8Array(400 * 300).fill(254), 400, 300)")
    assert stripe == [{"code": 254, "left": 0, "right": 300, "bottom": 0, "top": 400}]


def test_the_mouse_tells_the_value_of_a_cell(browser, path, run):
    browser.open(path)
    browser.run("gradviz.choose('gate', 'candidate'); return 1")
    point_at(browser, "gates", 2, 1)
    value = float(series(run, 20)["gates"].sel(gate="candidate", unit=1, time=2).mean())
    assert tip(browser) == f"unit 1, time step 2: {value:g}"
    ActionChains(browser.driver).send_keys(Keys.ESCAPE).perform()
    assert tip(browser) == ""
    point_at(browser, "gates", 4, 0)
    assert tip(browser) == "unit 0, time step 4: nothing recorded"
    point_at(browser, "heatmap-0", 11, 3)
    assert tip(browser) == "training step 10, time step 3: norm 10^\u22124"
    point_at(browser, "heatmap-0", 0, 0)
    assert tip(browser) == "training step 0, time step 0: exactly zero"
    ActionChains(browser.driver).move_to_element(browser.driver.find_element("css selector", "h1")).perform()
    assert tip(browser) == ""
    browser.assert_clean()


def test_a_click_on_an_informative_time_step_fades_nothing(browser, tmp_path):
    page = write(tmp_path / "page.html", {"run": recording(STEPS, attributes={"informative": [1, 3]})})
    browser.open(page)
    point_at(browser, "heatmap-0", -4.9, 1)
    ActionChains(browser.driver).click().perform()
    assert browser.run("gradviz.model('heatmap-0-informative').selected.indices.length") == 0
    assert browser.run("gradviz.runState().step") == 0

"""The coloured text of lesson 4: the mouse previews a letter, a click holds it, and lines end after words."""

from itertools import pairwise

import pytest
from report.lessons.shown_lesson import seen

from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

VIEW = "[data-view='total'] [data-place='{}']"
SLIDER = """const slider = document.querySelector("[name=position]"); slider.value = arguments[0];
    slider.dispatchEvent(new Event("input")); return 1"""


@pytest.fixture(scope="module")
def path(tmp_path_factory, char_model):
    path = tmp_path_factory.mktemp("lesson") / "which_letters.html"
    write_page(lesson_page(["which_letters"], char_model=char_model), path)
    return path


def mouse(browser, kind, place):
    """The mouse on a letter of the upper text, or away from it."""
    at = [1, 1]
    if place is not None:
        at = browser.run(
            f"const box = document.querySelector({VIEW.format(place)!r}).getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]"
        )
    event = {"type": kind, "x": at[0], "y": at[1], "button": "none" if kind == "mouseMoved" else "left"}
    browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {**event, "clickCount": 1})


def test_pointing_is_a_preview_and_a_click_holds(browser, path):
    browser.open(path, fragment="position=20", height=1200)
    mouse(browser, "mouseMoved", None)
    before = browser.pixels("[data-view='total']")
    mouse(browser, "mouseMoved", 40)
    browser.wait("document.querySelector('.predicted-letter').dataset.place === '40'")
    assert browser.pixels("[data-view='total']") != before
    browser.wait("document.querySelector('[data-says]').textContent.endsWith('Click to hold it.')")
    mouse(browser, "mouseMoved", None)
    browser.wait("document.querySelector('.predicted-letter').dataset.place === '20'")
    assert browser.pixels("[data-view='total']") == before
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        mouse(browser, kind, 40)
    browser.wait("location.hash.includes('position=40')")
    mouse(browser, "mouseMoved", 30)
    browser.wait("document.querySelector('.predicted-letter').dataset.place === '30'")
    mouse(browser, "mouseMoved", None)
    browser.wait("document.querySelector('.predicted-letter').dataset.place === '40'")
    assert browser.run("document.querySelector('[data-letter]').textContent") == "41, “r”"


def test_a_preview_does_not_end_the_lesson(browser, path):
    """The end would go again, once the mouse goes to it."""
    browser.open(path, height=1200)
    places = list(range(13, 63, 5))
    ended = []
    for place in places:
        browser.run(SLIDER, place)
        ended.append(seen(browser))
    solved, other = places[ended.index(True)], places[ended.index(False)]
    browser.run(SLIDER, other)
    mouse(browser, "mouseMoved", solved)
    browser.wait(f"document.querySelector('.predicted-letter').dataset.place === '{solved}'")
    assert not seen(browser)
    for kind in ("mousePressed", "mouseReleased"):
        mouse(browser, kind, solved)
    assert seen(browser)
    mouse(browser, "mouseMoved", other)
    browser.wait(f"document.querySelector('.predicted-letter').dataset.place === '{other}'")
    assert seen(browser)


@pytest.mark.parametrize("width", [1280, 390])
def test_lines_end_after_words_and_the_box_covers_no_other_letter(browser, path, width):
    browser.open(path, width=width, fragment="position=20")
    boxes = browser.run(
        "return Array.from(document.querySelectorAll('[data-view=total] .letter'), (l) => {"
        "const { left, right, top } = l.getClientRects()[0]; return [l.textContent[0], left, right, top]; })"
    )
    ends = [before[0] for before, after in pairwise(boxes[:-1]) if after[3] > before[3] + 9]
    assert ends
    assert set(ends) <= {"\u00a0", "-"}
    style = "getComputedStyle(document.querySelector('.predicted-letter'))"
    reach = float(browser.run(f"parseFloat({style}.outlineWidth) + parseFloat({style}.outlineOffset)"))
    gaps = [after[1] - before[2] for before, after in pairwise(boxes) if abs(after[3] - before[3]) < 9]
    assert min(gaps) >= reach > 0

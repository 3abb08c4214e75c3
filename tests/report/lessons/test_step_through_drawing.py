"""The rows of lesson 6 fit the screen, and fingers can move them."""

import pytest

from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "step_through.html"
    write_page(lesson_page(["step_through"]), path)
    return path


def test_all_gates_are_on_the_first_screen(browser, tmp_path):
    path = tmp_path / "lessons.html"
    write_page(lesson_page(["forget_bias", "step_through"]), path)
    browser.open(path, fragment="lesson=step_through")
    bottoms = browser.run(
        "Array.from(document.querySelectorAll('.valve output'), (v) => v.getBoundingClientRect().bottom)"
    )
    assert max(bottoms) < 900


def test_what_is_done_stays_in_sight_on_a_phone(browser, path):
    browser.open(path, width=390, height=844, fragment="i2=1")
    browser.run("document.querySelector('input[name=i2]').scrollIntoView({ block: 'center' }) ?? true")
    top, bottom = browser.run(
        "const box = document.querySelector('[data-checks-short]').getBoundingClientRect();"
        "return [box.top, box.bottom]"
    )
    assert 600 < top < bottom <= 844
    short = browser.run(
        "Array.from(document.querySelectorAll('[data-checks-short] li'), (li) => li.textContent)"
    )
    items = browser.run("Array.from(document.querySelectorAll('[data-checks] li'), (li) => li.textContent)")
    assert [words[0] == "✓" for words in short] == [item[0] == "✓" for item in items]
    assert [words[2:] for words in short] == ["written", "kept", "silent", "shown", "noise"]


def test_a_gate_is_dragged_by_a_finger(browser, path):
    browser.open(path, width=390, height=1600)
    left, top, height = browser.run(
        "const box = document.querySelector('input[name=i2]').getBoundingClientRect();"
        "return [box.x + box.width / 2, box.top, box.height]"
    )
    touch, finger = "Input.dispatchTouchEvent", browser.driver.execute_cdp_cmd
    finger("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        for kind, part in (("touchStart", 0.5), ("touchMove", 0.4), ("touchMove", 0.2), ("touchMove", 0.06)):
            finger(touch, {"type": kind, "touchPoints": [{"x": left, "y": top + part * height}]})
        finger(touch, {"type": "touchEnd", "touchPoints": []})
    finally:
        finger("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert float(browser.run("document.querySelector('input[name=i2]').value")) > 0.9
    assert browser.run("scrollY") == 0

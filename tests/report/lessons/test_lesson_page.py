"""Lessons: every one starts, can be chosen by address, keeps its settings there, and sends nothing."""

import re

import pytest
from report.browser import LOOKS_OF_MANY

from gradviz.errors import UnknownName
from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.lessons.lesson_table import LESSONS, lesson
from gradviz.report.page.html_page import write_page


@pytest.fixture(scope="module")
def path(tmp_path_factory, char_model):
    path = tmp_path_factory.mktemp("lessons") / "lessons.html"
    write_page(lesson_page(char_model=char_model), path)
    return path


def test_an_unknown_lesson_is_refused():
    with pytest.raises(UnknownName, match="unknown lesson 'forget_bia'; did you mean 'forget_bias'"):
        lesson_page(["forget_bia"])


@pytest.mark.parametrize("name", LESSONS)
def test_names_of_figures_begin_with_the_lesson(name):
    assert all(key.startswith(f"{name}-") for key in lesson(name).figures())


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize(("width", "dark"), LOOKS_OF_MANY)
def test_a_lesson_starts(browser, path, name, width, dark):
    browser.open(path, width=width, dark=dark, fragment=f"lesson={name}")
    section = f"document.querySelector('[data-lesson={name}]')"
    assert not browser.run(f"{section}.hidden")
    assert browser.run(
        f"{section}.querySelectorAll('canvas').length || {section}.querySelectorAll('.bk-Figure').length"
    )
    assert browser.accessibility_faults() == []
    browser.assert_clean()


def test_the_first_lesson_is_seen_if_none_is_named(browser, path):
    browser.open(path)
    assert browser.run("document.querySelector('[data-lesson]:not([hidden])').dataset.lesson") == LESSONS[0]


def test_the_page_is_small(path):
    assert path.stat().st_size < 3_000_000


def test_no_word_of_a_lesson_is_left_to_fill(path):
    assert not re.search(r"\b(TODO|undefined|NaN)\b", lesson_page().body)


def shown(browser):
    return browser.run("document.querySelector('[data-lesson]:not([hidden])').dataset.lesson")


def follow(browser, name):
    browser.run(f"document.querySelector('[data-lesson-link={name}]').click()")
    browser.wait(f"document.querySelector('[data-lesson]:not([hidden])').dataset.lesson === '{name}'")


@pytest.mark.parametrize("way", [["one_weight", "forget_bias"], ["forget_bias"]])
@pytest.mark.slow
def test_a_lesson_that_is_shown_again_has_its_settings_in_the_address(browser, path, way):
    browser.open(path, fragment="lesson=forget_bias&bias=4")
    for name in way:
        follow(browser, name)
    browser.wait("location.hash === '#lesson=forget_bias&bias=4'")
    assert browser.run("document.querySelector('[name=bias]').value") == "4"


@pytest.mark.slow
def test_the_address_has_all_settings_of_the_lesson_shown_and_no_others(browser, path):
    browser.open(path, fragment="lesson=one_weight&w=1.5")
    browser.keys("input[name=w_steps]", "\ue014")  # arrow right
    follow(browser, "forget_bias")  # before the address of the other is written
    browser.keys("input[name=bias]", "\ue014")
    browser.wait("location.hash === '#lesson=forget_bias&bias=0.1'")
    follow(browser, "one_weight")
    browser.keys("input[name=b]", *["\ue014"] * 5)
    browser.wait(
        "[...new URLSearchParams(location.hash.slice(1))].sort().join(' ')"
        " === 'b,0.05 lesson,one_weight w,1.5 w_steps,51'"
    )


@pytest.mark.slow
def test_the_browsers_way_back_and_a_link_to_a_state_are_followed(browser, path):
    browser.open(path, fragment="lesson=forget_bias&bias=4")
    follow(browser, "one_weight")
    browser.driver.back()
    browser.wait("document.querySelector('[data-lesson]:not([hidden])').dataset.lesson === 'forget_bias'")
    browser.wait("location.hash === '#lesson=forget_bias&bias=4'")
    browser.run("return (() => { location.hash = '#lesson=forget_bias&draw=3'; return null; })()")
    browser.wait("document.querySelector('[name=bias]').value === '0'")  # an address names the whole state
    assert browser.run("document.querySelector('[name=draw]').value") == "3"


def test_the_badge_comes_and_goes_with_the_end_and_leads_to_it(browser, path):
    browser.open(path, fragment="lesson=one_weight&w=0.8", height=700)
    badge = "document.querySelector('[data-lesson=one_weight] [data-end-badge]')"
    height = browser.run(
        "document.querySelector('[data-lesson=one_weight] .panel').getBoundingClientRect().top"
    )
    assert browser.run(f"{badge} === null")
    browser.run("document.querySelector('[data-lesson=one_weight] [data-seen]').hidden = false")
    browser.wait(f"{badge} !== null")
    assert (
        browser.run("document.querySelector('[data-lesson=one_weight] .panel').getBoundingClientRect().top")
        == height
    )
    says = browser.run(
        "document.querySelector('[data-lesson=one_weight] [data-says]').getBoundingClientRect().top"
    )
    assert browser.run(f"{badge}.getBoundingClientRect().top") == pytest.approx(says, abs=12)
    browser.click("[data-lesson=one_weight] [data-end-badge]")
    end = "document.querySelector('[data-lesson=one_weight] [data-seen]')"
    browser.wait(f"{end}.getBoundingClientRect().bottom <= innerHeight && document.activeElement === {end}")
    browser.run(f"{end}.hidden = true")
    browser.wait(f"{badge} === null")


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_has_a_place_for_the_badge(browser, path, name):
    browser.open(path, fragment=f"lesson={name}")
    assert (
        browser.run(f"document.querySelectorAll('[data-lesson={name}] .says-row > .end-badge').length") == 1
    )


@pytest.mark.slow
def test_the_next_lesson_is_linked_and_begins_at_its_top(browser, path):
    browser.open(path, fragment="lesson=forget_bias", height=700)
    assert browser.run("document.querySelectorAll('.next-lesson').length") == len(LESSONS) - 1
    browser.click("[data-lesson=forget_bias] .next-lesson a")
    browser.wait("document.querySelector('[data-lesson=one_weight] .bk-Figure') !== null")
    assert shown(browser) == "one_weight"
    assert browser.run("scrollY") == 0
    assert browser.run("document.activeElement.id") == "one_weight-question"


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_a_sliders_value_stands_beside_it_on_a_phone(browser, path, name):
    browser.open(path, width=390, fragment=f"lesson={name}")
    apart = browser.run(
        f"""return [...document.querySelectorAll('[data-lesson={name}] .slider')].filter((slider) => {{
        const [range, value] = [...slider.children].map((child) => child.getBoundingClientRect());
        return value.top > range.bottom || value.left < range.right; }}).length"""
    )
    assert apart == 0


@pytest.mark.parametrize(
    "name", [LESSONS[0], *(pytest.param(n, marks=pytest.mark.slow) for n in LESSONS[1:])]
)
@pytest.mark.slow
def test_the_tab_key_stops_only_where_the_focus_is_seen_and_keys_do_something(browser, path, name):
    browser.open(path, fragment=f"lesson={name}")
    controls = ":is(a, input, select, textarea, button)"
    stops = browser.run(f"document.querySelectorAll('nav a, [data-lesson={name}] {controls}').length")
    met = set()
    for _ in range(stops):
        browser.driver.switch_to.active_element.send_keys("\ue004")  # tab
        tag, outline = browser.run(
            "return [document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline == "solid", tag
        met.add(tag)
    assert met <= {"A", "INPUT", "SELECT", "TEXTAREA", "BUTTON"}


@pytest.mark.parametrize("name", LESSONS)
def test_what_a_slider_shows_beside_it_is_not_read_aloud_a_second_time(name):
    outputs = re.findall(r"<output[^>]*>", lesson_page([name]).body)
    assert all('aria-live="off"' in output for output in outputs)
    assert outputs


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("forget_bias", [("bias", 4)]),
        pytest.param("cliff", [("cliff_iteration", 5), ("cliff_iteration", 1000)], marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_figures_stay_where_they_are_while_the_sentence_above_them_changes(browser, path, name, changes):
    browser.open(path, width=390, fragment=f"lesson={name}")
    words = f"document.querySelector('[data-lesson={name}] .says-row')"
    top = f"document.querySelector('[data-lesson={name}] .panel').getBoundingClientRect().top"
    said = f"document.querySelector('[data-lesson={name}] [data-says]').textContent"
    browser.wait(f"{words}.style.minHeight !== ''")
    before, sentence = browser.run(top), browser.run(said)
    for setting, value in changes:
        browser.run(
            "return (() => { const control = document.querySelector(`[name=${arguments[0]}]`);"
            "control.value = arguments[1]; control.dispatchEvent(new Event('input')); return null; })()",
            setting,
            value,
        )
        browser.wait(f"{said} !== {sentence!r} || {value} === 1000")
        assert browser.run(top) == before

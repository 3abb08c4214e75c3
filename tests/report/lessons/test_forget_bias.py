"""Lesson 1 computes what torch computes, and says that the reader has done it only then."""

import math

import pytest
from report.lessons.shown_lesson import seen

from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "forget_bias.html"
    write_page(lesson_page(["forget_bias"]), path)
    return path


def test_a_larger_bias_lifts_the_curve(browser, path):
    browser.open(path, fragment="bias=0")
    low = browser.source("forget_bias-lstm")["decades"]
    assert not seen(browser)
    browser.open(path, fragment="bias=4")
    high = browser.source("forget_bias-lstm")["decades"]
    assert len(low) == len(high) == 100
    assert low[0] < -10 < -1 < high[0]
    assert seen(browser)


def text(browser, part):
    return browser.run(f"document.querySelector('[data-{part}]').textContent")


def test_the_cell_line_is_the_gradient_through_the_forget_gates_alone(browser, path):
    browser.open(path)
    forget = [[9, 9], [0.5, 0.25], [0.1, 0.2]]  # of the first step no gradient goes back through
    gates = [value for gate in forget for value in [9, 9, *gate, 9, 9, 9, 9]]
    found = browser.run(
        """return Array.from(gradviz.lessons.forget_bias.cellLine({ gates: Float64Array.from(arguments[0]) },
        { gradC: Float64Array.from([9, 9, 9, 9, 3, 4]) }, { time: 3, batch: 1, units: 2 }))""",
        gates,
    )
    assert found == pytest.approx([math.log10(0.25), math.log10(math.hypot(0.3, 0.8)), math.log10(5)])


@pytest.mark.parametrize("bias", [-2, 2, 8])
def test_the_cell_line_keeps_about_the_power_of_the_gate(browser, path, bias):
    browser.open(path, fragment=f"bias={bias}")
    gate = 1 / (1 + math.exp(-bias))
    assert browser.source("forget_bias-line")["decades"][0] == pytest.approx(99 * math.log10(gate), abs=0.1)
    assert browser.source("forget_bias-point")["constant"] == pytest.approx([1 / (1 - gate)])


@pytest.mark.parametrize("bias", [-2, 8])
def test_the_point_is_whole_at_the_ends_of_the_slider(browser, path, bias):
    browser.open(path, fragment=f"bias={bias}")
    room = browser.run(
        """return (() => { const { frame } = Bokeh.index.get_one(gradviz.model('forget_bias-constant'));
        const { bias, constant } = gradviz.model('forget_bias-point').data;
        const x = frame.x_scale.compute(bias[0]), y = frame.y_scale.compute(constant[0]), { bbox } = frame;
        return [x - bbox.left, bbox.right - x, y - bbox.top, bbox.bottom - y]; })()"""
    )
    assert min(room) >= 8.5  # half its size, and half its line


@pytest.mark.parametrize(
    ("settings", "end", "paths"),
    [
        ("bias=2.1", False, ""),
        ("bias=2.2", True, "did not do this alone"),
        ("bias=4", True, "enough by themselves"),
    ],
)
def test_the_end_says_what_the_gates_did(browser, path, settings, end, paths):
    browser.open(path, fragment=settings)
    lstm, line = (browser.source(f"forget_bias-{name}")["decades"] for name in ("lstm", "line"))
    assert seen(browser) == end == (lstm[0] >= -1)
    assert paths in text(browser, "paths")
    assert ("by themselves" in text(browser, "paths")) == (line[0] >= -1)
    lowest = float(text(browser, "lowest").split("as small as ")[1].split(":")[0])
    assert lowest == pytest.approx(10 ** min(lstm), rel=0.1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("bias=4", "differ by at most a decade"),
        ("bias=8&draw=6", "grown on its way back: at the first step it is 81 times that at the last"),
    ],
)
def test_the_end_says_how_the_ends_compare(browser, path, settings, words):
    browser.open(path, fragment=settings)
    first = browser.source("forget_bias-lstm")["decades"][0]
    assert words in text(browser, "ends")
    assert ("at most a decade" in words) == (-1 <= first <= 1)


def test_a_curve_that_grows_stays_in_the_picture(browser, path):
    browser.open(path, fragment="bias=7.6&draw=6")  # of all settings, the one that rises the most
    highest = max(browser.source("forget_bias-lstm")["decades"])
    top = browser.run("gradviz.model('forget_bias-lstm') && Bokeh.documents[0].roots()[0].y_range.end")
    assert 1.9 < highest < top


def test_the_end_names_what_is_left_at_the_usual_bias(browser, path):
    browser.open(path, fragment="bias=1&draw=2")
    left = round(browser.source("forget_bias-lstm")["decades"][0])
    assert left == -9
    assert text(browser, "usual") == "about 10⁻⁹"


@pytest.mark.parametrize(
    ("bias", "words"),
    [
        (-2, "gates forget faster than an RNN"),
        (0, "gradient is about 10⁻²² of that at the last, the RNN's about 10⁻²¹"),
        (2.2, "gradient is 0.12 of that"),
        (8, "times as large as that at the last"),
        (3, "gradient is about as large as that at the last"),
        (8, "σ(b) = 0.9997"),
    ],
)
def test_numbers_can_be_read(browser, path, bias, words):
    browser.open(path, fragment=f"bias={bias}")
    assert words in text(browser, "says")
    assert ("forget faster" in text(browser, "says")) == (bias <= 0)


def test_the_slider_moves_by_keys_and_changes_the_picture(browser, path):
    browser.open(path, fragment="bias=0")
    before, picture = (
        browser.source("forget_bias-lstm"),
        browser.pixels("[data-figure='forget_bias-gradient']"),
    )
    browser.keys("input[name=bias]", *["\ue014"] * 10)  # arrow right
    browser.wait("location.hash.includes('bias=1')")
    assert browser.source("forget_bias-lstm") != before
    browser.wait("true")
    assert browser.pixels("[data-figure='forget_bias-gradient']") != picture

"""Lesson 1 computes what torch computes, and says that the reader has done it only then."""

import math

import pytest

from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "forget_bias.html"
    write_page(lesson_page(["forget_bias"]), path)
    return path


def seen(browser):
    return not browser.run("document.querySelector('[data-seen]').hidden")


def test_a_larger_bias_lifts_the_curve(browser, path):
    browser.open(path, fragment="bias=0")
    low = browser.source("forget_bias-lstm")["decades"]
    assert not seen(browser)
    browser.open(path, fragment="bias=4")
    high = browser.source("forget_bias-lstm")["decades"]
    assert len(low) == len(high) == 100
    assert low[0] < -10 < -1 < high[0]
    assert seen(browser)


def test_theory_is_the_power_of_the_gate(browser, path):
    browser.open(path, fragment="bias=2")
    gate = 1 / (1 + math.exp(-2))
    assert browser.source("forget_bias-theory")["decades"][0] == pytest.approx(99 * math.log10(gate))
    assert browser.source("forget_bias-point")["constant"] == pytest.approx([1 / (1 - gate)])


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

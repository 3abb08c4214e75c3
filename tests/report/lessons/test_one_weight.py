"""Lesson 2 computes the unit, its gradient and its fixed points, and knows when the bit is held."""

import math
import re

import numpy as np
import pytest
from report.lessons.shown_lesson import says, seen, show

from gradviz.gallery.figures.scalar_gradient import log10_product
from gradviz.gallery.fixed_points import fixed_points, slope
from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

pytestmark = pytest.mark.slow

COBWEB = "[data-figure='one_weight-cobweb']"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "one_weight.html"
    write_page(lesson_page(["one_weight"]), path)
    return path


def twin(w, b, h, steps):
    """States, and log10 of dh_T/dh_t by the slopes that 1 - h² gives."""
    states = [h]
    for _ in range(steps):
        states.append(math.tanh(w * states[-1] + b))
    slopes = [math.log10(abs(w) * (1 - after**2)) for after in states[1:]]
    return states, [math.fsum(slopes[t:]) for t in range(steps + 1)]


@pytest.mark.parametrize("unit", [(0.8, 0, 0.6, 50), (2, 0.2, -0.3, 70), (-1.5, 0.1, 0.4, 9), (3, 1, 1, 2)])
def test_states_and_gradients_are_the_units(browser, path, unit):
    w, b, h0, steps = unit
    show(browser, path, w=w, b=b, h0=h0, w_steps=steps)
    states, gradient = twin(w, b, h0, steps)
    np.testing.assert_allclose(browser.source("one_weight-path")["state"], states, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        browser.source("one_weight-mirror")["state"], twin(w, b, -h0, steps)[0], atol=1e-12
    )
    np.testing.assert_allclose(browser.source("one_weight-product")["decades"], gradient, atol=1e-9)
    bound = [(steps - t) * math.log10(abs(w)) for t in range(steps + 1)]
    np.testing.assert_allclose(browser.source("one_weight-bound")["decades"], bound, atol=1e-12)
    assert all(found <= most + 1e-12 for found, most in zip(gradient, bound, strict=True))
    stairs = browser.source("one_weight-stairs")
    np.testing.assert_allclose(stairs["y"][1::2], states[1:], atol=1e-12)
    np.testing.assert_allclose(stairs["x"][::2], states, atol=1e-12)


def test_the_weights_are_those_of_the_lectures_figure(browser, path):
    show(browser, path, h0=0.5, w_steps=50)
    sweep = browser.source("one_weight-sweep")
    for weight in (0.5, 1.0, 1.5, 3.0):
        found = sweep["decades"][sweep["weight"].index(weight)]
        assert found == pytest.approx(log10_product(weight, start=0.5, steps=50), abs=1e-9)


@pytest.mark.parametrize(("w", "b"), [(0.5, 0.2), (1, 0.3), (1.5, 0), (2, 0.3), (2, 0.9), (-2, 0.1)])
def test_fixed_points_are_drawn_as_stable_or_unstable(browser, path, w, b):
    show(browser, path, w=w, b=b)
    points = fixed_points(w, b)
    for name, chosen in (
        ("stable", [h for h in points if abs(slope(h, w)) <= 1]),
        ("unstable", [h for h in points if abs(slope(h, w)) > 1]),
    ):
        assert browser.source(f"one_weight-{name}")["x"] == pytest.approx(chosen, abs=1e-12)


@pytest.mark.parametrize(
    ("settings", "done", "words"),
    [
        ({"w": 2}, True, "It remembers."),
        ({"w": -2}, True, "It remembers."),
        ({"w": 2, "w_steps": 49}, False, "It remembers."),
        ({"w": 0.8}, False, "It has forgotten where it began."),
        ({"w": 2, "b": 0.6}, False, "It has forgotten where it began."),  # one resting state
        ({"w": 0.8, "w_steps": 3}, False, "an end is less than 0.5 from 0"),
        ({"w": 1.15, "h0": 0.01}, False, "on its way out of the unstable state"),
        ({"w": 3, "h0": 0.2, "w_steps": 2}, False, "on its way out of the unstable state"),
        ({"w": 1.5, "h0": 1, "w_steps": 1}, False, "in so few steps the gradient is not gone yet"),
        ({"w": 0.8, "h0": 1, "w_steps": 1}, False, "it is forgetting: in the end both"),
        ({"w": 1, "h0": 1, "w_steps": 1}, False, "it is forgetting: in the end both"),
        ({"w": -1.5, "h0": 1, "w_steps": 1}, False, "in so few steps the gradient is not gone yet"),
        ({"w": 1.5, "h0": 1, "b": 0.3, "w_steps": 1}, False, "it is forgetting: in the end both"),
        ({"w": 2, "h0": 0}, False, "the gradient explodes"),
        ({"w": 2, "h0": 0, "b": 0.1}, False, "no side to remember"),
        ({"w": 0}, False, "has size 0, its bound |w|⁵⁰ is 0"),
    ],
)
def test_it_is_done_when_the_bit_is_held_and_the_gradient_gone(browser, path, settings, done, words):
    show(browser, path, **settings)
    assert seen(browser) == done
    assert words in says(browser)


@pytest.mark.parametrize(
    "settings", [{"w": 2}, {"w": 2.5, "b": 0.5, "h0": -0.6}, {"w": -3, "h0": 0.01, "w_steps": 100}]
)
def test_the_end_names_the_weight_that_holds_the_bit_and_leaves_most(browser, path, settings):
    show(browser, path, **settings)
    assert seen(browser)
    b, h0, steps = settings.get("b", 0), settings.get("h0", 0.6), settings.get("w_steps", 50)
    most = (-math.inf, None)
    for w in np.sign(settings["w"]) * np.arange(1, 121) / 40:
        end, other = twin(w, b, h0, steps), twin(w, b, -h0, steps)
        apart = min(abs(end[0][-1]), abs(other[0][-1])) >= 0.5 and end[0][-1] * other[0][-1] < 0
        if apart:
            most = max(most, (end[1][0], w))
    said = browser.run("document.querySelector('[data-most]').textContent")
    found = re.search(r"w = ([\u2212\d.]+) leaves the most gradient: (.*)\.$", said)
    assert float(found[1].replace("\u2212", "-")) == pytest.approx(most[1], abs=0.006)
    assert found[2] == browser.run("return gradviz.twoDigits(10 ** arguments[0])", most[0])


def test_shaded_weights_hold_the_bit(browser, path):
    show(browser, path, h0=0.6)
    held = browser.source("one_weight-held")
    edge = next(w for w in np.arange(40, 121) / 40 if twin(w, 0, 0.6, 50)[0][-1] >= 0.5)
    assert held["left"] == pytest.approx([-3, edge])
    assert held["right"] == pytest.approx([-edge, 3])


@pytest.mark.parametrize("w", [-3, 0, 3])
@pytest.mark.parametrize("b", [-1, 1])
@pytest.mark.parametrize("steps", [1, 100])
def test_at_the_ends_of_the_sliders_a_sentence_has_numbers(browser, path, w, b, steps):
    show(browser, path, w=w, b=b, w_steps=steps, h0=b)
    assert not any(word in says(browser) for word in ("NaN", "undefined", "Infinity"))
    assert ("step h" in says(browser)) == (steps == 1)


def test_the_start_is_dragged_and_the_picture_follows(browser, path):
    show(browser, path, w=2)
    picture = browser.pixels(COBWEB)
    left, right = browser.run(
        """return (() => { const { frame, el } = Bokeh.index.get_one(gradviz.model('one_weight-cobweb'));
        const { left } = el.getBoundingClientRect();
        return [left + frame.bbox.left, left + frame.bbox.right]; })()"""
    )
    at = browser.run(f"document.querySelector({COBWEB!r}).getBoundingClientRect().top + 100")
    pointer = {"y": at, "button": "left", "pointerType": "mouse", "clickCount": 1}
    quarter = left + (right - left) / 4
    for kind, x in (("mousePressed", right - 5), ("mouseMoved", quarter), ("mouseReleased", quarter)):
        browser.driver.execute_cdp_cmd(
            "Input.dispatchMouseEvent", {"type": kind, "x": x, "buttons": 1, **pointer}
        )
    browser.wait("document.querySelector('[name=h0]').value < 0")
    start = browser.source("one_weight-path")["state"][0]
    assert start == pytest.approx(-0.55, abs=0.02)  # a quarter of the way from -1.1 to 1.1
    assert browser.source("one_weight-path")["state"][-1] < -0.9
    browser.wait("location.hash.includes('h0=-0.5')")
    assert browser.pixels(COBWEB) != picture


def test_the_slider_moves_by_keys(browser, path):
    show(browser, path, w=1)
    browser.keys("input[name=w]", *["\ue014"] * 4)  # arrow right
    assert browser.source("one_weight-chosen")["weight"] == pytest.approx([1.2])
    assert seen(browser)


def test_the_steps_are_walked_and_the_walk_ends_when_a_slider_moves(browser, path):
    show(browser, path, w=2)
    whole = browser.source("one_weight-stairs")
    assert len(whole["x"]) == 101
    assert browser.source("one_weight-walker")["x"] == []
    browser.click("[data-walk]")
    browser.wait("gradviz.model('one_weight-now').data.x[0] >= 2")
    browser.run("gradviz.lessons.one_weight.stop()")
    at = browser.source("one_weight-now")["x"][0]
    found = browser.source("one_weight-stairs")
    assert found["x"] == whole["x"][: 2 * at + 1]
    states = browser.source("one_weight-path")["state"]
    assert browser.source("one_weight-walker")["y"] == [states[at]]
    browser.keys("input[name=w]", "\ue014")  # arrow right
    assert len(browser.source("one_weight-stairs")["x"]) == 101
    assert browser.run("document.querySelector('[data-walk]').textContent") == "Walk"

"""Lesson 5 has the lecture's error surface and descent, and knows when a descent was stranded."""

import numpy as np
import pytest
from report.lessons.shown_lesson import says, seen, show

from gradviz.dynamics.cliff import cliff, scalar_error
from gradviz.dynamics.cliff_descent import cliff_descent
from gradviz.gallery.figures.cliff import wall
from gradviz.report.lessons.cliff import VIEW_B, VIEW_W
from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

pytestmark = pytest.mark.slow

MAP = "[data-figure='cliff-map']"
STRANDED = {"cliff_w": 4.625, "cliff_b": -2.38, "cliff_rate": -2, "cliff_clip": 1.4}
BOTH = {"cliff_w": 5, "cliff_b": -1.5, "cliff_rate": -1, "cliff_clip": 0}
NEITHER = {**BOTH, "cliff_rate": -3}
LEAPS = {**STRANDED, "cliff_rate": -1, "cliff_clip": 2}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "cliff.html"
    write_page(lesson_page(["cliff"]), path)
    return path


def test_the_error_and_its_gradient_are_the_lectures(browser, path):
    show(browser, path)
    points = [(4.625, -2.38), (5.0, -1.5), (3.6, -4.0), (7.0, 0.4), (6.0, -3.24)]
    found = browser.run("return arguments[0].map(([w, b]) => gradviz.cliff.scalarError(w, b, 50))", points)
    for (w, b), page in zip(points, found, strict=True):
        error, by_w, by_b = scalar_error(w, b, 50)
        assert page["error"] == pytest.approx(float(error), abs=1e-12)
        assert page["byW"] == pytest.approx(float(by_w), rel=1e-10)
        assert page["byB"] == pytest.approx(float(by_b), rel=1e-10)


def test_the_map_is_the_surface(browser, path):
    show(browser, path)
    found = browser.run(
        """return (() => { const ws = [3.7, 4.5, 5.5, 6.9], bs = [-3.9, -2.6, -1, 0.3];
        return Array.from(gradviz.cliff.surface(ws, bs, 50)); })()"""
    )
    surface = cliff(w=[3.7, 4.5, 5.5, 6.9], b=[-3.9, -2.6, -1, 0.3])["error"].transpose("b", "w").values
    np.testing.assert_allclose(found, surface.ravel(), rtol=0, atol=1e-12)
    source = browser.source("cliff-surface")
    rows, columns = 352, 272
    codes = np.reshape(source["image"][0], (rows, columns))
    assert [source[key][0] for key in ("x", "y")] == [VIEW_W[0], VIEW_B[0]]
    assert source["dw"][0] == pytest.approx(VIEW_W[1] - VIEW_W[0])
    assert source["dh"][0] == pytest.approx(VIEW_B[1] - VIEW_B[0])
    for row, column in ((0, 0), (351, 271), (120, 30), (300, 10), (10, 200)):
        w = VIEW_W[0] + (column + 0.5) / columns * (VIEW_W[1] - VIEW_W[0])
        b = VIEW_B[0] + (row + 0.5) / rows * (VIEW_B[1] - VIEW_B[0])
        assert codes[row, column] == int(250 * scalar_error(w, b, 50)[0] / 0.49)
    line = browser.source("cliff-wall")
    assert line["b"] == pytest.approx(wall(np.array(line["w"])))


@pytest.mark.parametrize("settings", [STRANDED, BOTH, {**BOTH, "cliff_w": 6.5, "cliff_b": -3.4}])
def test_each_step_of_both_descents_is_the_lectures(browser, path, settings):
    """Step by step, since the cliff makes of a difference in the last digit another path."""
    show(browser, path, **settings)
    rate, clip = 10 ** settings["cliff_rate"], 10 ** settings["cliff_clip"]
    for name, clip_norm in (("plain", None), ("clipped", clip)):
        found = browser.source(f"cliff-path-{name}")
        w, b = np.array(found["w"]), np.array(found["b"])
        error, by_w, by_b = scalar_error(w, b, 50)
        norm = np.hypot(by_w, by_b)
        scale = rate * np.minimum(1, clip_norm / norm) if clip_norm else rate
        tolerance = {"rtol": 1e-9, "atol": 1e-12}
        np.testing.assert_allclose(w[1:], (w - scale * by_w)[:-1], **tolerance)
        np.testing.assert_allclose(b[1:], (b - scale * by_b)[:-1], **tolerance)
        np.testing.assert_allclose(browser.source(f"cliff-error-{name}")["error"], error, atol=1e-11)
        known = norm > 1e-9  # below, 1 - σ is rounding
        log10 = np.array(browser.source(f"cliff-norm-{name}")["log10"], dtype=float)
        np.testing.assert_allclose(log10[known], np.log10(norm[known]), atol=1e-6)
        twin = cliff_descent(w[0], b[0], learning_rate=rate, iterations=3, clip_norm=clip_norm)
        np.testing.assert_allclose(w[:4], twin["w"], rtol=1e-9)
        assert len(w) == 1001


@pytest.mark.parametrize(
    ("settings", "done", "words"),
    [
        (STRANDED, True, "Only the clipped descent arrives."),
        (BOTH, False, "Both are in the valley."),
        (BOTH, False, "both descents are the same: the longest step"),
        ({**BOTH, "cliff_iteration": 5}, False, "Iteration 5: with clipping and without it, the error is"),
        (NEITHER, False, "Neither arrives. Start nearer to the cliff"),
        (LEAPS, False, "Neither arrives: clip at a smaller norm"),
        ({**STRANDED, "cliff_iteration": 500}, False, "Iteration 500: the error is 0.087 without clipping"),
    ],
)
def test_it_is_done_when_only_the_clipped_descent_arrives(browser, path, settings, done, words):
    show(browser, path, **settings)
    assert words in says(browser)
    assert seen(browser) == done


@pytest.mark.parametrize("settings", [STRANDED, BOTH])
def test_numbers_are_said_once(browser, path, settings):
    show(browser, path, **settings)
    assert says(browser).count("the longest step") == (2 if settings is STRANDED else 1)
    assert ("Clipped:" in says(browser)) == (settings is STRANDED)


@pytest.mark.parametrize("rate", [-2, -1])
def test_a_path_ends_in_a_point_or_in_a_triangle_at_the_edge(browser, path, rate):
    show(browser, path, **{**STRANDED, "cliff_rate": rate})
    w, b = (browser.source("cliff-path-plain")[name][-1] for name in ("w", "b"))
    now = browser.source("cliff-now-plain")
    if rate == -2:
        assert (now["marker"], now["w"], now["b"]) == (["circle"], [w], [b])
    else:
        path_w, path_b = (np.array(browser.source("cliff-path-plain")[name]) for name in ("w", "b"))
        assert b > VIEW_B[1]
        assert now["marker"] == ["triangle"]
        assert now["angle"] == [0]  # it leaves at the top
        edge = VIEW_B[1] - 0.025 * (VIEW_B[1] - VIEW_B[0])
        assert now["b"] == pytest.approx([edge])
        assert now["w"] == pytest.approx([np.interp(edge, path_b[:2], path_w[:2])])


def test_only_a_leap_to_a_plain_counts(browser, path):
    show(browser, path)
    leap = {"error": 0.09, "leap": 2, "flat": 0.001}
    good = {"error": 0.001, "leap": 0.1, "flat": 0.1}
    judged = "return gradviz.lessons.cliff.stranded(arguments[0], arguments[1])"
    assert browser.run(judged, leap, good)
    assert not browser.run(judged, {**leap, "leap": 0.1}, good)
    assert not browser.run(judged, {**leap, "flat": 1}, good)
    assert not browser.run(judged, good, good)
    assert not browser.run(judged, leap, leap)


@pytest.mark.parametrize("rate", [-4, 0])
@pytest.mark.parametrize("clip", [-2, 3])
def test_at_the_ends_of_the_sliders_a_sentence_has_numbers(browser, path, rate, clip):
    show(browser, path, cliff_rate=rate, cliff_clip=clip, cliff_w=4.625, cliff_b=-2.38)
    assert not any(word in says(browser) for word in ("NaN", "undefined", "Infinity"))
    assert (
        browser.run("document.querySelector('[data-power=cliff_rate]').textContent")
        == {
            -4: "0.0001",
            0: "1",
        }[rate]
    )
    browser.assert_clean()


def test_a_click_chooses_the_start(browser, path):
    show(browser, path, **{**BOTH, "cliff_iteration": 10})
    picture = browser.pixels(MAP)
    x, y = browser.run(
        """return (() => { const { frame, el } = Bokeh.index.get_one(gradviz.model('cliff-map'));
        const { left, top } = el.getBoundingClientRect();
        return [left + frame.x_scale.compute(4.8), top + frame.y_scale.compute(-3)]; })()"""
    )
    for kind in ("mousePressed", "mouseReleased"):
        press = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
        browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", press)
    browser.wait("gradviz.model('cliff-path-plain').data.w.length === 1001")
    found = browser.source("cliff-start")
    assert found["w"] == pytest.approx([4.8], abs=0.02)
    assert found["b"] == pytest.approx([-3], abs=0.02)
    assert browser.source("cliff-path-clipped")["w"][0] == found["w"][0]
    assert browser.pixels(MAP) != picture


def test_the_sliders_choose_the_start_by_keys(browser, path):
    show(browser, path, **BOTH)
    browser.keys("input[name=cliff_b]", *["\ue012"] * 4)  # arrow left
    assert browser.source("cliff-start")["b"] == pytest.approx([-1.52])


def test_it_descends_and_pauses(browser, path):
    show(browser, path, **{**STRANDED, "cliff_iteration": 990})
    browser.click("[data-descend]")
    browser.wait("document.querySelector('[data-descend]').textContent === 'Descend'")
    browser.wait("document.querySelector('[name=cliff_iteration]').value === '1000'")
    browser.wait("!document.querySelector('[data-seen]').hidden", seconds=2)
    browser.click("[data-descend]")
    begun = "((at) => at > 2 && at < 1000)(Number(document.querySelector('[name=cliff_iteration]').value))"
    browser.wait(begun)
    browser.run("gradviz.lessons.cliff.stop()")
    at = browser.run("Number(document.querySelector('[name=cliff_iteration]').value)")
    assert at < 500
    assert len(browser.source("cliff-error-plain")["error"]) == at + 1
    assert not seen(browser)


def test_what_is_passed_on_the_way_is_not_read_aloud(browser, path):
    show(browser, path, **BOTH)
    live = "document.querySelector('[data-says]').getAttribute('aria-live')"
    assert browser.run(live) == "polite"
    browser.click("[data-descend]")
    browser.wait(
        f"document.querySelector('[data-says]').textContent.startsWith('Iteration') && {live} === 'off'"
    )
    browser.wait(f"{live} === 'polite'")  # at the end
    assert "Both are in the valley" in says(browser)

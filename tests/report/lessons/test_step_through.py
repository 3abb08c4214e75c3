"""Lesson 6 computes what torch computes, and is done only where the number is held and the guess is right."""

import math

import pytest
import torch
from report.lessons.shown_lesson import seen

from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

pytestmark = pytest.mark.slow

UP, DOWN, RIGHT, LEFT, HOME, END = "\ue013", "\ue015", "\ue014", "\ue012", "\ue011", "\ue010"
NOISE = [-0.4, 0.9, 0.3, -0.6, 0.5, -0.3, 0.7, -0.5]
HELD = {
    **{f"f{t}": 1 for t in range(1, 9)},
    **{f"i{t}": int(t == 2) for t in range(1, 9)},
    **{f"o{t}": int(t == 8) for t in range(1, 9)},
    "guess": 1,
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "step_through.html"
    write_page(lesson_page(["step_through"]), path)
    return path


def fragment(**settings):
    return "&".join(f"{name}={value}" for name, value in settings.items())


def verdict(browser):
    return browser.run("document.querySelector('[data-verdict]').textContent")


def done(browser):
    """Which lines of task 1 are ticked."""
    return browser.run(
        "Array.from(document.querySelectorAll('[data-checks] li'), (li) => li.className === 'done')"
    )


def numbers_of(browser, row):
    """The numbers that stand in a row of the drawing."""
    texts = browser.run(
        f"Array.from(document.querySelectorAll('[data-row={row}] .bar-number'), (text) => text.textContent)"
    )
    return [float(text.replace("−", "-")) for text in texts]


def twin(settings, *, reads):
    """Cell states, hidden states and dL/dc of torch's autograd, each of 8 steps."""
    start = {"f": [0.8] * 8, "i": [0.5] * 8, "o": [0.5] * 8, "g": NOISE}
    gates = {
        gate: [
            torch.tensor(float(settings.get(f"{gate}{t + 1}", value)), dtype=torch.double)
            for t, value in enumerate(values)
        ]
        for gate, values in start.items()
    }
    c, states, hidden = torch.zeros((), dtype=torch.double, requires_grad=True), [], []
    for f, i, o, g in zip(*(gates[gate] for gate in "fiog"), strict=True):
        c = f * c + i * g
        c.retain_grad()
        states.append(c)
        hidden.append(o * torch.tanh(c))
    (hidden[-1] if reads == "h" else states[-1]).backward()
    return [c.item() for c in states], [h.item() for h in hidden], [c.grad.item() for c in states]


SETTINGS = [
    {},
    {"f5": 0.3, "i2": 0.9, "o8": 0.2, "g3": -1},
    {"f3": 1, "f4": 1, "f5": 0.61, "i1": 1, "g8": 1, "o8": 1},
]


@pytest.mark.parametrize("reads", ["h", "c"])
@pytest.mark.parametrize("settings", SETTINGS)
def test_the_numbers_are_those_of_torch(browser, path, settings, reads):
    browser.open(path, fragment=fragment(**settings, reads=reads))
    cell, hidden, gradient = twin(settings, reads=reads)
    assert numbers_of(browser, "c") == pytest.approx(cell, abs=0.0051)
    assert numbers_of(browser, "h") == pytest.approx(hidden, abs=0.0051)
    assert numbers_of(browser, "d") == pytest.approx(gradient, abs=0.0051)
    assert browser.source("step_through-delta")["log10"] == pytest.approx([math.log10(d) for d in gradient])


def test_the_dotted_line_is_the_product_of_the_forget_gates(browser, path):
    browser.open(path, fragment=fragment(f3=0.5, reads="c"))
    product = browser.source("step_through-product")["log10"]
    after = [0.5 * 0.8**6, 0.5 * 0.8**5, *(0.8 ** (8 - t) for t in range(3, 9))]
    assert product == pytest.approx([math.log10(value) for value in after])
    assert browser.source("step_through-delta")["log10"] == pytest.approx(product)


@pytest.mark.parametrize(("walk", "steps"), [(3, []), (8, []), (9, [8]), (13, [4, 5, 6, 7, 8])])
def test_the_curve_goes_back_as_far_as_the_walk(browser, path, walk, steps):
    browser.open(path, fragment=fragment(**{"pass": walk}))
    assert browser.source("step_through-delta")["step"] == steps
    assert browser.source("step_through-product")["step"] == steps
    browser.open(path, fragment=fragment(**{"pass": walk, "f8": 0}))
    assert browser.source("step_through-zero")["step"] == steps[:-1]


def test_a_shut_gate_makes_the_gradient_exactly_zero(browser, path):
    browser.open(path, fragment=fragment(f5=0))
    assert browser.source("step_through-zero")["step"] == [1, 2, 3, 4]
    assert browser.source("step_through-delta")["step"] == [5, 6, 7, 8]
    assert "exactly 0 at steps 1, 2, 3, 4" in browser.run(
        "document.querySelector('[data-zeros]').textContent"
    )


def test_all_gates_at_their_ends(browser, path):
    for value in (0, 1):
        browser.open(path, fragment=fragment(**{f"{gate}{t}": value for gate in "fiog" for t in range(1, 9)}))
        assert not seen(browser)
        assert not browser.run("/NaN|Infinity|undefined/.test(document.body.innerText)")
    browser.open(path, fragment=fragment(**{f"f{t}": 0.01 for t in range(1, 9)}, o8=0.01))
    assert "10⁻¹⁵" in browser.run("document.querySelector('[data-row=d]').textContent")
    browser.assert_clean()


def test_the_held_number_and_the_guess_are_what_there_was_to_see(browser, path):
    browser.open(path, fragment=fragment(**HELD))
    assert done(browser) == [True] * 5
    assert seen(browser)


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"i2": 0.5}, 0),
        ({"f6": 0.7}, 1),
        ({"i5": 0.5}, 1),
        ({"o4": 0.5}, 2),
        ({"o8": 0.5}, 3),
        ({"g6": 0}, 4),
    ],
)
def test_what_is_not_done_is_not_ticked(browser, path, change, failed):
    browser.open(path, fragment=fragment(**{**HELD, **change}))
    assert not done(browser)[failed]
    assert not seen(browser)


def test_what_is_not_kept_is_not_said_to_be(browser, path):
    browser.open(path, fragment=fragment(**{**HELD, "f6": 0.7}))
    kept = browser.run("document.querySelectorAll('[data-checks] li')[1].textContent")
    assert kept == "○ kept: c₈ = 0.63, and on the way c is at most 0.27 from c₂"


def test_the_rows_say_the_numbers_that_they_show(browser, path):
    named = "return [...document.querySelectorAll('[data-row]')].map((row) => row.getAttribute('aria-label'))"
    numbers = (
        "return [...document.querySelectorAll('[data-row]')]"
        ".map((row) => [...row.querySelectorAll('.bar-number')].map((number) => number.textContent))"
    )
    for walk, first in ((17, "111"), (13, "114"), (3, "11")):
        browser.open(path, fragment=fragment(**{**HELD, "pass": walk}))
        for label, shown, step in zip(browser.run(named), browser.run(numbers), first, strict=False):
            assert label.endswith(f", from step {step} on: {', '.join(shown)}.")
    assert browser.run(named)[2].endswith(": none is shown yet.")


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        (0.262, "Right"),
        (0.26, "Right"),
        (0.27, "Close"),
        (0.25, "Close"),
        (0.21, "f₂ stands before"),
        (0.328, "f₈ is on the way"),
        (0.131, "∂h₈/∂c₂"),
        (0.5, "Not with these gates"),
        ("", "Type a number"),
        ("1e999", "Type a number"),
    ],
)
def test_a_guess_is_judged(browser, path, guess, words):
    browser.open(path, fragment=fragment(guess=guess))
    assert words in verdict(browser)
    assert not seen(browser)


@pytest.mark.parametrize(
    ("gates", "guess", "words"),
    [
        ({f"f{t}": 1 for t in range(3, 9)}, 0.97, "Close"),
        ({f"f{t}": 1 for t in range(3, 9)}, 1, "Right"),
        ({"f3": 0.1}, 0.033, "Right"),  # 0.0328
        ({"f3": 0.1}, 0.035, "Close"),
        ({"f3": 0}, 0, "Right"),
        ({"f3": 0}, 0.001, "Not with"),
    ],
)
def test_a_guess_needs_two_digits(browser, path, gates, guess, words):
    browser.open(path, fragment=fragment(**gates, guess=guess))
    assert words in verdict(browser)


def test_a_gate_moves_by_keys_and_changes_the_picture(browser, path):
    browser.open(path)
    before = browser.pixels("[data-row=c]")
    chart = browser.pixels("[data-figure='step_through-gradient']")
    browser.keys("input[name=f5]", HOME)
    browser.wait("location.hash.includes('f5=0')")
    browser.keys("input[name=f5]", UP)
    browser.wait("location.hash.includes('f5=0.01')")
    assert numbers_of(browser, "d")[4:] == pytest.approx(twin({"f5": 0.01}, reads="h")[2][4:], abs=0.005)
    assert browser.pixels("[data-row=c]") != before
    browser.wait("document.querySelector('[data-says]').textContent.startsWith('Step 5')")
    assert browser.pixels("[data-figure='step_through-gradient']") != chart


def drag(browser, selector, part):
    """Press at a part of an element's height from its bottom, where 0 is the bottom."""
    place = browser.run(
        f"const box = document.querySelector({selector!r}).getBoundingClientRect();"
        "return [box.x + box.width / 2, box.bottom, box.height]"
    )
    event = {"x": place[0], "button": "left", "clickCount": 1}
    command = browser.driver.execute_cdp_cmd
    start, end = place[1] - 0.5 * place[2], place[1] - part * place[2]
    command("Input.dispatchMouseEvent", {**event, "type": "mousePressed", "y": start})
    command("Input.dispatchMouseEvent", {**event, "type": "mouseMoved", "y": end, "buttons": 1})
    command("Input.dispatchMouseEvent", {**event, "type": "mouseReleased", "y": end})


def test_a_gate_is_dragged_by_the_mouse(browser, path):
    browser.open(path, height=1200)
    drag(browser, "input[name=i2]", 0.95)
    assert float(browser.run("document.querySelector('input[name=i2]').value")) > 0.9
    drag(browser, "input[name=g3]", 0.05)
    assert float(browser.run("document.querySelector('input[name=g3]').value")) < -0.8


def test_the_walk_shows_what_it_has_reached(browser, path):
    browser.open(path, fragment=fragment(**{"pass": 3}))
    assert len(numbers_of(browser, "c")) == 3
    assert numbers_of(browser, "d") == []
    says = browser.run("document.querySelector('[data-says]').textContent")
    assert says.startswith("Forward, step 3: c₃ = f₃ c₂ + i₃ g₃ = 0.80 · 0.29 + 0.50 · 0.30 = 0.38")
    browser.open(path, fragment=fragment(**{"pass": 11}))
    assert len(numbers_of(browser, "c")) == 8
    assert len(numbers_of(browser, "d")) == 3
    assert browser.run("document.querySelector('[data-says]').textContent").startswith(
        "Back, step 6: δc₆ = f₇ δc₇"
    )


def marked(browser):
    """The column that is marked, and where the slider says that the walk is."""
    return browser.run(
        "return [document.querySelector('.step-name.current')?.dataset.column,"
        "document.querySelector('[data-walked]').textContent, document.querySelector('[name=pass]').value]"
    )


def test_the_marked_column_and_the_walk_agree(browser, path):
    browser.open(path)
    assert marked(browser) == [None, "all steps", "17"]
    browser.keys("input[name=pass]", LEFT)
    assert marked(browser) == ["1", "back, step 1", "16"]
    browser.keys("input[name=f4]", UP)  # all steps are shown, and the one that has been changed is explained
    assert marked(browser) == ["4", "all steps", "17"]
    browser.wait("document.querySelector('[data-says]').textContent.startsWith('Step 4: c₄ =')")
    browser.wait("!location.hash.includes('pass')")
    browser.keys("input[name=pass]", HOME)
    assert marked(browser) == ["1", "forward, step 1", "1"]


def test_the_walk_starts_again_and_can_be_paused(browser, path):
    browser.open(path)
    browser.click("[data-walk]")
    browser.wait("location.hash.includes('pass=2')", seconds=3)
    browser.click("[data-walk]")
    assert browser.run("document.querySelector('[data-walk]').getAttribute('aria-pressed')") == "false"


def test_everything_can_be_as_at_the_start(browser, path):
    browser.open(path, fragment=fragment(**HELD, reads="c"))
    browser.click("[data-again]")
    assert not seen(browser)
    browser.wait("location.hash === '#' || location.hash === ''")
    assert browser.run("document.querySelector('[name=reads]').value") == "h"
    assert numbers_of(browser, "c") == pytest.approx(twin({}, reads="h")[0], abs=0.0051)

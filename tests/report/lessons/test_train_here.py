"""Lesson 3 trains as torch does, draws what it has computed, and says what has happened."""

import math

import numpy as np
import pytest
import torch
from report.core.generator import Generator, adding_batch
from report.lessons.shown_lesson import seen
from torch import nn

from gradviz.report.lessons.lesson_page import lesson_page
from gradviz.report.page.html_page import write_page

pytestmark = pytest.mark.slow  # .ci/run runs every test of a page

LESSON = "gradviz.lessons.train_here"
MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("lesson") / "train_here.html"
    write_page(lesson_page(["train_here"]), path)
    return path


def losses_of_torch(cell, *, time=30, units=24, rate=1e-2, clip=1.0, seed=0, steps=20):
    """The same network on the same batches, trained by torch in float64."""
    generator = Generator(seed)
    module, head = MODULES[cell](2, units).double(), nn.Linear(units, 1).double()
    parameters = [*module.parameters(), *head.parameters()]
    for parameter in parameters:
        generator.fill(parameter, -1 / math.sqrt(units), 1 / math.sqrt(units))
    optimizer = torch.optim.Adam(parameters, lr=rate)
    losses = []
    for _ in range(steps):
        x, targets, _, _ = adding_batch(generator, time, 16)
        outputs = head(module(torch.tensor(x))[0][-1])[:, 0]
        loss = ((outputs - torch.tensor(targets)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        losses.append(loss.item())
    return losses


def advance(browser, steps):
    browser.run(f"{LESSON}.advance({steps})")


def text(browser, name):
    return browser.run(f"document.querySelector('[data-{name}]').textContent")


def choose(browser, name, value):
    script = """const control = document.querySelector(`[name=${arguments[0]}]`);
    control.value = arguments[1];
    control.dispatchEvent(new Event("input", { bubbles: true })); return true"""
    browser.run(script, name, value)


@pytest.mark.parametrize(
    ("fragment", "settings"),
    [
        ("cell=gru", {"cell": "gru"}),
        (
            "cell=lstm&seed=3&time=10&units=16&rate=0.03",
            {"cell": "lstm", "seed": 3, "time": 10, "units": 16, "rate": 0.03},
        ),
        ("cell=rnn&time=60&units=32&clip=none", {"cell": "rnn", "time": 60, "units": 32, "clip": math.inf}),
        ("cell=rnn&clip=0.1", {"cell": "rnn", "clip": 0.1}),
    ],
)
def test_the_first_losses_are_torchs(browser, path, fragment, settings):
    browser.open(path, fragment=fragment)
    advance(browser, 20)
    curve = browser.source("train_here-curve")
    assert curve["step"] == list(range(1, 21))
    assert curve["loss"] == pytest.approx(losses_of_torch(**settings), rel=1e-9)


def test_the_heatmap_is_the_gradient_on_the_scale_of_the_page(browser, path):
    browser.open(path, fragment="cell=lstm&time=20")
    logs = []
    for _ in range(3):
        advance(browser, 1)
        logs.append(browser.run(f"Array.from({LESSON}.run.training.result.log10GradState)"))
    cells = browser.source("train_here-cells")
    low = {"10⁻⁶": -6}[text(browser, "low")]
    assert text(browser, "high") == "10⁻¹"
    expected = np.round((np.array(logs).T - low) / (-1 - low) * 249)  # (time, training step)
    np.testing.assert_array_equal(np.array(cells["image"][0]).reshape(20, 3), expected)
    assert (cells["x"], cells["dw"], cells["y"], cells["dh"]) == ([0.5], [3], [0.5], [20])


def test_both_figures_share_their_training_steps(browser, path):
    browser.open(path, fragment="time=10&units=16&cell=rnn")
    ends = [f"gradviz.model('train_here-{name}-x').end" for name in ("gradient", "loss")]
    lefts = [
        f"Bokeh.index.roots.find((v) => v.model.name === 'train_here-{name}')"
        for name in ("gradient", "loss")
    ]
    assert [browser.run(end) for end in ends] == [700.5, 700.5]
    frames = [browser.run(f"(({left}).frame ?? ({left}).frame_view).bbox.left") for left in lefts]
    assert frames[0] == frames[1]
    advance(browser, 701)
    assert [browser.run(end) for end in ends] == [1400.5, 1400.5]
    assert "one column for every 2 training steps" in text(browser, "marks")


def test_a_gru_learns_once_its_gradient_has_arrived(browser, path):
    browser.open(path, fragment="cell=gru&units=16&time=20&seed=1")
    assert text(browser, "says") == "Nothing has been trained yet."
    assert not seen(browser)
    advance(browser, 21)
    assert not seen(browser)
    assert browser.source("train_here-notes")["text"] == ["always answer 1"]
    advance(browser, 400)
    arrived, left = (browser.run(f"{LESSON}.run.watch.{name}") for name in ("arrived", "left"))
    assert 1 < arrived < left
    assert (
        f"at training step {arrived}; the loss left the trivial predictor at training step {left}, "
        in text(browser, "says")
    )
    assert seen(browser)
    assert browser.run("gradviz.model('train_here-arrival-over').location") == arrived
    assert browser.source("train_here-left")["step"] == [left]
    assert browser.source("train_here-curve")["median"][-1] < 1 / 60
    # the name of the dashed line has gone, since the curve is there
    assert browser.source("train_here-notes")["text"] == ["gradient arrives", "loss leaves"]
    assert f"{left - arrived} training steps later" in text(browser, "ending")


def test_a_network_that_does_not_learn_shows_nothing_as_done(browser, path):
    browser.open(path, fragment="cell=rnn&seed=0&units=16")
    advance(browser, 300)
    assert text(browser, "says").startswith("The gradient has not arrived at time step 1 yet")
    assert not seen(browser)
    assert not browser.run("gradviz.model('train_here-arrival-over').visible")


def test_what_is_there_from_the_start_was_not_waited_for(browser, path):
    browser.open(path, fragment="cell=gru&units=16&time=10")
    advance(browser, 300)
    assert "from the start" in text(browser, "says")
    assert browser.run(f"{LESSON}.run.watch.left") > 1
    assert not seen(browser)


def test_a_gradient_that_is_gone_again_is_marked(browser, path):
    browser.open(path, fragment="cell=rnn&seed=1&units=24")
    advance(browser, 690)
    assert "first arrived at time step 1 at training step 638 (gone again at 663)" in text(browser, "says")
    assert [browser.run(f"gradviz.model('train_here-{e}-loss').location") for e in ("arrival", "gone")] == [
        638,
        663,
    ]
    assert browser.source("train_here-notes")["text"] == ["gradient arrives", "gone again"]
    assert not seen(browser)
    advance(browser, 21)  # a new axis: the same lines
    assert browser.run("gradviz.model('train_here-gone-over').visible")


def test_the_run_before_stays(browser, path):
    browser.open(path, fragment="cell=rnn&units=16&time=10")
    assert browser.run("document.querySelector('[data-comparison]').hidden")
    advance(browser, 30)
    losses = browser.source("train_here-curve")["median"]
    choose(browser, "cell", "gru")
    assert browser.source("train_here-before")["median"] == losses
    assert browser.source("train_here-curve")["median"] == []
    assert text(browser, "before") == "RNN"
    choose(browser, "seed", "4")  # a run without a training step is not worth comparing with
    assert text(browser, "before") == "RNN, seed 0"
    advance(browser, 25)
    browser.click("[data-again]")
    assert text(browser, "before") == "RNN, seed 0"  # the same run once more is none to compare with
    assert text(browser, "count") == "0"


@pytest.mark.slow
def test_play_and_pause_by_mouse_and_keys(browser, path):
    browser.open(path, fragment="cell=lstm&units=32&time=60")
    picture = browser.pixels("[data-figure='train_here-gradient']")
    browser.click("[data-play]")
    browser.wait(f"{LESSON}.run.steps > 20")
    browser.keys("[data-play]", " ")
    browser.wait("document.querySelector('[data-play]').textContent === 'Play'")
    steps = browser.run(f"{LESSON}.run.steps")
    assert text(browser, "count") == str(steps)
    assert browser.source("train_here-curve")["step"][-1] == steps
    assert browser.pixels("[data-figure='train_here-gradient']") != picture
    browser.keys("[data-step]", "\ue007")  # enter
    assert browser.run(f"{LESSON}.run.steps") == steps + 1


def test_playing_ends_with_the_axis_and_goes_on_from_there(browser, path):
    browser.open(path, fragment="cell=rnn&units=16&time=10")
    advance(browser, 690)
    browser.click("[data-play]")
    browser.wait("document.querySelector('[data-play]').textContent === 'Play'")
    assert browser.run(f"{LESSON}.run.steps") == 700
    browser.click("[data-play]")
    browser.wait(f"{LESSON}.run.steps > 700")
    browser.run(f"{LESSON}.stop() ?? true")
    assert browser.run(f"{LESSON}.run.end") == 1400


def test_the_slider_starts_a_new_run(browser, path):
    browser.open(path, fragment="cell=gru&units=16&time=10")
    advance(browser, 5)
    browser.keys("input[name=time]", "\ue014")  # arrow right
    browser.wait("location.hash.includes('time=15')")
    assert browser.run(f"{LESSON}.run.settings.time") == 15
    assert text(browser, "count") == "0"
    assert browser.source("train_here-informative")["top"] == [7.35, 15.4]


@pytest.mark.slow
@pytest.mark.parametrize("cell", MODULES)
def test_the_ends_of_all_settings(browser, path, cell):
    for time, rate, clip in ((10, "0.001", "0.1"), (60, "0.1", "none")):
        browser.open(path, fragment=f"cell={cell}&time={time}&units=32&rate={rate}&clip={clip}&seed=20")
        advance(browser, 5)
        assert "NaN" not in browser.run("document.body.innerText")
    browser.assert_clean()

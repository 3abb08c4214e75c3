"""Runs whose training steps differ: every panel says which one it shows, and hides none of a curve."""

import numpy as np
import pytest
from report.data.made import recording
from report.run.three_runs import write

from gradviz.report.data.compare import page_data
from gradviz.report.page.html_page import write_page
from gradviz.report.run.run_page import run_page

pytestmark = pytest.mark.slow


def words(browser, panel):
    return browser.run(f"document.querySelector('[data-words={panel}]').textContent")


def test_a_line_of_another_training_step_is_told(browser, tmp_path):
    runs = {"short": recording((0, 4)), "long": recording((0, 10)), "late": recording((6, 10))}
    browser.open(write(tmp_path / "page.html", runs))
    assert words(browser, "gradient") == "short: training step 4 (the last one here up to 10)"
    browser.run("gradviz.choose('step', 0); return 1")
    assert words(browser, "gradient") == "late: training step 6 (the first one here)"
    browser.run("gradviz.choose('run', 2); return 1")
    assert words(browser, "saturation").startswith("late; training step 6 (the first one here). ")


def test_losses_after_the_last_recorded_step_are_seen(browser, tmp_path):
    browser.open(write(tmp_path / "page.html", {"run": recording((0, 10), loss=[1.0] * 17 + [np.nan])}))
    low, high = browser.run(
        "[gradviz.model('learning_curve-x').start, gradviz.model('learning_curve-x').end]"
    )
    assert -1 < low < 0
    assert 17 < high < 18
    assert browser.source("learning_curve-lost")["step"] == [17]


def test_a_curve_of_which_points_are_left_out_says_so(browser, tmp_path):
    page = run_page(page_data({"run": recording((0,), loss=np.ones(700))}, page_bytes=1))
    write_page(page, tmp_path / "page.html")
    browser.open(tmp_path / "page.html")
    assert words(browser, "learning_curve") == "loss: 500 of 700 training steps"


def test_a_text_that_was_read_later_does_not_claim_a_training_step(browser, tmp_path):
    reading = recording((0,), times=3, attributes={"text": "abc"})
    data = page_data({"run": recording((0, 10), full=False)}, readings={"run": reading})
    write_page(run_page(data), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", fragment="colour_by=gate-forget")
    panel = browser.run("document.querySelector('#panel-text').innerText")
    assert "at the chosen training step" not in panel
    assert "Read by the trained model: the same at every training step." in panel
    ends = browser.run("[...document.querySelectorAll('[data-scale=text] span')].map((s) => s.textContent)")
    assert ends == ["0", "", "1"]


def test_calls_of_a_module_count_together_and_that_is_told(browser, tmp_path):
    browser.open(write(tmp_path / "page.html", {"run": recording((0,))}))
    assert "calls" not in browser.run("document.querySelector('#panel-gradient').innerText")
    browser.run("""const state = gradviz.runState(); state.runs[0].places[0].calls = 2;
        gradviz.choose('run', 0); return 1""")
    assert "those of all calls together" in browser.run("document.querySelector('#panel-gradient').innerText")
    assert "mean over the sequences of 2 calls" in words(browser, "gates")


def test_a_link_to_the_page_that_is_open_is_followed(browser, tmp_path):
    page = write(tmp_path / "page.html", {"a": recording((0, 10, 20)), "b": recording((0, 10, 20))})
    browser.open(page, fragment="step=1&run=1")
    state = "(({ step, run }) => [step, run])(gradviz.runState())"
    assert browser.run(state) == [10, 1]
    browser.run("location.hash = 'step=0'; return 1")
    browser.wait(f"String({state}) === '0,0'")
    browser.run("location.hash = 'run=1'; return 1")
    browser.wait(f"String({state}) === '20,1'")
    browser.assert_clean()

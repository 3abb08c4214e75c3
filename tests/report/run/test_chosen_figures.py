"""The panels of the chosen run as a whole: each is on the page, nothing is sent, everyone can use them."""

import numpy as np
import pytest
from report.run.three_runs import recording, write

from gradviz.plots.drawing.luminance import contrast
from gradviz.plots.drawing.palette import PAPER_DARK, PAPER_LIGHT
from gradviz.report.data.findings import PANELS

pytestmark = pytest.mark.slow


def test_every_panel_of_a_finding_is_on_the_page(browser, page):
    browser.open(page)
    for panel in PANELS:
        assert browser.run(f"document.querySelectorAll('#panel-{panel}').length") == 1, panel


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_accessible_and_sends_nothing(browser, page, width, dark):
    browser.open(page, width=width, dark=dark, fragment="run=0")
    assert browser.accessibility_faults() == []
    browser.assert_clean()


def test_every_colour_of_a_gate_or_path_is_seen(browser, page):
    browser.open(page)
    for colours in ("gate_colours", "path_colours"):
        for name, colour in browser.run(f"gradviz.data.{colours}").items():
            assert contrast(colour["light"], PAPER_LIGHT) >= 3, name
            assert contrast(colour["dark"], PAPER_DARK) >= 3, name


def test_every_run_can_be_chosen(browser, page):
    browser.open(page)
    for run in (1, 2, 0, 2, 1):
        browser.run(f"gradviz.choose('run', {run}); return 1")
    browser.assert_clean()


def test_a_page_of_norms_alone_starts(browser, tmp_path):
    run = recording("rnn", steps=(0, 5), times=4, units=2, full=False)
    browser.open(write(tmp_path / "page.html", {"": run}))
    assert np.isfinite(browser.run("gradviz.runState().step"))
    browser.assert_clean()


def test_a_finding_chooses_its_run_and_gate(browser, page):
    browser.open(page, fragment="run=1")
    evidence = {"panel": "saturation", "module": "recurrent", "layer": 0, "direction": "forward"}
    evidence |= {"gate": "input", "step": 10, "time": None}
    script = """const link = document.querySelector('[data-evidence]');
        link.dataset.evidence = JSON.stringify({ run: 0, evidence: arguments[0] }); link.click(); return 1"""
    browser.run(script, evidence)
    assert browser.run("[gradviz.runState().run, gradviz.runState().step]") == [0, 10]
    assert browser.run("document.querySelector('select[name=gate]').value") == "input"
    assert browser.run("document.activeElement.id") == "panel-saturation"

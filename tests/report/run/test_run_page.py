"""The page of runs shows the recording's numbers, at the training step that the reader has chosen."""

import re
from dataclasses import replace

import numpy as np
import pytest
from report.browser import LOOKS
from report.data.made import assemble, curves, module, recording
from report.page.test_html_page import NASTY

from gradviz.report.data.compare import page_data
from gradviz.report.data.findings import PANELS, Evidence, FindingData
from gradviz.report.page.html_page import write_page
from gradviz.report.run.run_page import run_page
from gradviz.vocabulary import LOG10_GRAD_H

STEPS = (0, 10, 20)
FINDING = FindingData(
    *("vanishing", "note", "The gradient vanishes", "m", "It does.", (), "", "", None, None),
    Evidence("gradient", "m", 0, "forward", None, None, None),
)
HOME, LEFT = "\ue011", "\ue012"


def written(path, runs):
    write_page(run_page(page_data(runs)), path)
    return path


@pytest.fixture(scope="module")
def runs():
    return {
        "lstm": recording(
            STEPS, attributes={"informative": [1], "baseline": 0.1, "baseline_meaning": "always 1"}
        ),
        "gru": recording((0, 10), cell="gru", times=4),
    }


@pytest.fixture(scope="module")
def path(tmp_path_factory, runs):
    return written(tmp_path_factory.mktemp("run") / "page.html", runs)


def norms(tree, step):
    """Log10 of the mean norm over sequences, computed anew from the recording."""
    found = (
        tree["recurrent"][LOG10_GRAD_H]
        .sel(step=step, layer=0, direction="forward")
        .transpose("time", "sample")
    )
    return np.log10(np.mean(10.0 ** found.values.astype(np.float64), axis=1))


def test_the_last_step_is_seen_first(browser, path, runs):
    browser.open(path)
    assert browser.run("document.querySelector('[data-step]').textContent") == "training step 20"
    assert browser.source("gradient-0-0")["decades"] == pytest.approx(norms(runs["lstm"], 20), rel=1e-6)
    # the GRU was recorded up to step 10
    assert browser.source("gradient-0-1")["decades"] == pytest.approx(norms(runs["gru"], 10), rel=1e-6)
    assert browser.source("gradient-0-1")["time"] == [0, 1, 2, 3]


def test_the_slider_moves_by_keys(browser, path, runs):
    browser.open(path)
    picture = browser.pixels("[data-figure='gradient-0']")
    browser.keys("input[name=step]", LEFT)
    assert browser.source("gradient-0-0")["decades"] == pytest.approx(norms(runs["lstm"], 10), rel=1e-6)
    browser.wait("location.hash.endsWith('step=1')")
    browser.wait("true")
    browser.keys("input[name=step]", HOME)
    assert browser.source("gradient-0-0")["decades"] == pytest.approx(norms(runs["lstm"], 0), rel=1e-6)
    assert browser.pixels("[data-figure='gradient-0']") != picture


@pytest.mark.slow
def test_the_slider_moves_by_mouse(browser, path, runs):
    from selenium.webdriver import ActionChains

    browser.open(path)
    slider = browser.driver.find_element("css selector", "input[name=step]")
    left = -slider.size["width"] // 2 + 4
    ActionChains(browser.driver).move_to_element_with_offset(slider, left, 0).click().perform()
    assert browser.run("gradviz.runState().step") == 0
    assert browser.source("gradient-0-0")["decades"] == pytest.approx(norms(runs["lstm"], 0), rel=1e-6)


@pytest.mark.slow
def test_a_click_on_the_heatmap_chooses_its_step(browser, path):
    from selenium.webdriver import ActionChains

    browser.open(path)
    place = browser.driver.find_element("css selector", "[data-figure='heatmap-0']")
    browser.run("arguments[0].scrollIntoView({block: 'center'}); return 1", place)
    ActionChains(browser.driver).move_to_element_with_offset(place, 30, -20).click().perform()
    browser.wait("gradviz.runState().step === 10")
    assert browser.run("gradviz.model('heatmap-0-mark').location") == 10


@pytest.mark.slow
def test_the_heatmap_has_every_cell(browser, path, runs):
    browser.open(path)
    data = browser.source("heatmap-0-cells")
    codes = np.reshape(data["image"][0], (6, 3))
    scale = browser.run("gradviz.runState().scales.log10_grad_h")
    for column, step in enumerate(STEPS):
        want = (norms(runs["lstm"], step) - scale["low"]) / (scale["high"] - scale["low"]) * 249
        assert codes[:, column] == pytest.approx(want, abs=1.01)  # two roundings to a half
    assert (data["x"], data["dw"]) == ([-5], [30])
    assert browser.source("heatmap-0-informative")["time"] == [1]


@pytest.mark.slow
def test_a_heatmap_draws_uneven_labels_where_they_are(browser, path):
    browser.open(path)
    before = np.reshape(browser.source("heatmap-0-cells")["image"][0], (6, 3))
    browser.run("""const panel = gradviz.runState().runs[0].places[0].gradients.log10_grad_h;
        panel.steps.values = [0, 10, 15]; panel.times.values = [0, 2, 4, 6, 8, 9];
        gradviz.choose("quantity", "log10_grad_h"); return 1""")
    data = browser.source("heatmap-0-cells")
    # edges of the training steps: -5, 5, 12.5, 17.5; of the time steps: -1, 1, 3, 5, 7, 8.5, 9.5
    assert [data[name] for name in ("x", "dw", "y", "dh")] == [[-5], [22.5], [-1], [10.5]]
    found = np.reshape(data["image"][0], (21, 9))
    wide = np.repeat(np.repeat(before, [4, 3, 2], axis=1), [4, 4, 4, 4, 3, 2], axis=0)
    np.testing.assert_array_equal(found, wide)


@pytest.mark.slow
def test_a_recording_without_gradients_says_so_in_both_panels(browser, tmp_path):
    one = recording(STEPS)
    module = one["recurrent"].to_dataset(inherit=False)
    module = module.drop_vars([name for name in module if name.startswith("log10_grad")])
    module.attrs["detail"] = "forward"
    one["recurrent"].dataset = module
    browser.open(written(tmp_path / "page.html", {"run": one}))
    made = "made with detail='forward', without gradients"
    for place in ("[data-notice=gradient]", "[data-heatmap-words='0']"):
        assert made in browser.run(f'document.querySelector("{place}").textContent')
        assert not browser.run(f'document.querySelector("{place}").hidden')
    browser.assert_clean()


def test_the_learning_curve_is_the_recordings(browser, path, runs):
    browser.open(path)
    raw = browser.source("learning_curve-raw-0")
    assert raw["value"] == np.geomspace(0.5, 0.01, 21).tolist()
    assert browser.source("learning_curve-point")["value"] == pytest.approx([0.01, 0.01])
    assert browser.source("learning_curve-baseline-0")["value"] == [0.1, 0.1]
    assert browser.source("learning_curve-baseline-1")["value"] == []
    assert browser.source("learning_curve-meanings")["meaning"] == ["always 1"]


@pytest.mark.slow
def test_play_goes_through_the_training_and_ends(browser, path):
    browser.open(path)
    browser.click("[data-play]")
    browser.wait(
        "gradviz.runState().step === 20 && document.querySelector('[data-play]').textContent === 'Play'"
    )


@pytest.mark.slow
def test_a_panel_that_fails_stops_no_other(browser, path):
    browser.open(path)
    browser.keys("input[name=step]", HOME)
    browser.run("""const panel = gradviz.runPanels.find((each) => each.id === "gradient");
        panel.kept = panel.draw; panel.draw = () => { throw new Error("planted"); }; return 1""")
    browser.click("[data-play]")
    browser.wait(
        "gradviz.runState().step === 20 && document.querySelector('[data-play]').textContent === 'Play'"
    )
    assert browser.run("gradviz.model('learning_curve-mark').location") == 20
    notice = "document.querySelector('[data-notice=gradient]')"
    assert browser.run(f"{notice}.textContent") == "This panel could not be drawn."
    assert len([m for m in browser.log() if m[0] == "SEVERE" and "planted" in m[1]]) == 1
    browser.run("const panel = gradviz.runPanels.find((p) => p.kept); panel.draw = panel.kept; return 1")
    browser.keys("input[name=step]", LEFT)
    assert browser.run(f"{notice}.hidden")


@pytest.mark.slow
def test_a_finding_leads_to_its_evidence(browser, tmp_path):
    tree = recording(
        STEPS,
        times=40,
        loss=[0.5] * 21,
        attributes={"lag": 39, "baseline": 0.5},
        state_h=np.ones((1, 1, 40, 2)),
    )
    browser.open(written(tmp_path / "page.html", {"run": tree}))
    browser.keys("input[name=step]", HOME)
    link = "a[data-evidence][href='#panel-gradient']"
    browser.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'}); return 1", link)
    browser.click(link)
    assert browser.run("document.activeElement.id") == "panel-gradient"
    assert browser.run("document.activeElement.getBoundingClientRect().top < innerHeight / 2")


def test_every_panel_that_a_finding_may_name_is_on_the_page(path):
    body = path.read_text(encoding="utf-8")
    assert [name for name in PANELS if f'id="panel-{name}"' not in body] == []


def test_no_name_becomes_a_tag(browser, tmp_path):
    tree = recording(STEPS, name="recurrent", attributes={"task": NASTY})
    browser.open(written(tmp_path / "page.html", {NASTY: tree, "x" * 3000: tree, "": tree}))
    names = browser.run("[...document.querySelector('select[name=run]').options].map((o) => o.text)")
    assert names == [NASTY, "x" * 79 + "…", "LSTM"]
    assert browser.run("document.querySelectorAll('main script').length") == 0
    browser.assert_clean()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_page_is_accessible_and_silent(browser, path, width, dark):
    browser.open(path, width=width, dark=dark)
    assert browser.accessibility_faults() == []
    browser.assert_clean()


@pytest.mark.slow
def test_ten_runs_of_other_shapes(browser, tmp_path):
    runs = {
        f"run {n}": recording((0, n + 1), cell=("lstm", "gru", "rnn")[n % 3], times=n + 1, units=n + 1)
        for n in range(10)
    }
    browser.open(written(tmp_path / "page.html", runs))
    assert len(browser.source("gradient-0-9")["time"]) == 10
    browser.assert_clean()


def test_csv_has_what_is_seen(browser, path, runs):
    browser.open(path)
    table = browser.run("gradviz.runPanels.find((p) => p.id === 'gradient').csv(gradviz.runState())")
    assert table["names"] == ["run", "module", "layer", "direction", "step", "time", LOG10_GRAD_H]
    lstm = [row for row in table["rows"] if row[0] == "lstm"]
    assert [row[-1] for row in lstm] == pytest.approx(norms(runs["lstm"], 20), rel=1e-6)
    assert browser.run("gradviz.csv(['a\"b', 'c'], [[1, 'x,y']])") == '"a""b",c\r\n1,"x,y"\r\n'


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([np.nan], "missing"),
        ([np.inf], "not finite"),
        ([-np.inf], "zero"),
        ([np.inf, -np.inf, np.nan], "zero, not finite or missing"),
    ],
)
@pytest.mark.slow
def test_a_step_without_a_gradient_that_can_be_drawn_says_so(browser, tmp_path, values, why):
    norms = np.broadcast_to(np.resize(values, 6)[:, None], (1, 1, 6, 2))
    browser.open(written(tmp_path / "page.html", {"run": recording(STEPS, log10_grad_h=norms)}))
    said = browser.run("document.querySelector('[data-notice=gradient]').textContent")
    assert said == f"run: at training step 20 every gradient is {why}."
    browser.assert_clean()


@pytest.mark.slow
def test_a_gradient_that_can_be_drawn_is_drawn_without_a_word(browser, path):
    browser.open(path)
    assert browser.run("document.querySelector('[data-notice=gradient]').hidden")


def many_modules(count):
    """Each with a gradient ten times smaller than the one before."""
    parts = {
        f"m{n}": module((0, 1), times=4, full=False, log10_grad_h=np.full((1, 1, 4, 2), -n))
        for n in range(count)
    }
    return assemble(parts, curves({"loss": {0: 1.0, 1: 0.5}}), {"gradviz_format": 2})


@pytest.mark.slow
def test_of_many_modules_one_is_drawn_among_the_others(browser, tmp_path):
    browser.open(written(tmp_path / "page.html", {"run": many_modules(26)}))
    assert browser.run("document.querySelectorAll('[data-figure^=gradient-]').length") == 1
    assert browser.source("gradient-0-0")["decades"] == [0] * 4
    browser.run("gradviz.choose('place', 3); return 1")
    assert browser.source("gradient-0-0")["decades"] == [-3] * 4
    assert browser.run("document.querySelector('[data-gradient-place]').textContent") == "m3, layer 0"
    others = browser.source("gradient-0-others-0")["decades"]
    assert sorted(line[0] for line in others) == [-n for n in range(25, -1, -1) if n != 3]
    rows = browser.run("gradviz.runPanels.find((p) => p.id === 'gradient').csv(gradviz.runState()).rows")
    assert len({row[1] for row in rows}) == 26
    browser.assert_clean()


@pytest.mark.parametrize("count", [12, 13, 40])
def test_many_findings_are_folded(count):
    severities = ["trouble", *["warning"] * 11, *["note"] * (count - 12)]
    found = [
        replace(FINDING, severity=severity, title=f"finding {n}") for n, severity in enumerate(severities)
    ]
    data = page_data({"run": recording(STEPS)})
    body = run_page(replace(data, runs=[replace(data.runs[0], findings=found)])).body
    assert [f"finding {n}<" in body for n in range(count)] == [True] * count
    folded = re.search(r"<details><summary>([^<]*)</summary>\s*<ol class=\"findings\" start=\"13\">", body)
    said = {12: None, 13: "1 more: 1 note", 40: "28 more: 28 notes"}[count]
    assert (folded and folded[1]) == said
    if folded:
        assert body.index("finding 11<") < folded.start() < body.index("finding 12<")

"""The frame of a page: one file, nothing sent, everything escaped."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

import gradviz.report
from gradviz.report.page import html_page as page_module
from gradviz.report.page.bokeh_figures import add_heatmap, coloured, new_figure, new_source
from gradviz.report.page.html_page import NoPageWriter, Page, render_page, require_bokeh, write_page
from gradviz.report.page.template import fill_template

FOLDER = Path(gradviz.report.__file__).parent
NASTY = "<script>alert(1)</script>\"'&\u2028</script><!--"


TAB_STOPS = """const inside = (root) => [...root.querySelectorAll("*")].flatMap(
    (each) => [each, ...(each.shadowRoot ? inside(each.shadowRoot) : [])]);
    return inside(document).filter((each) => each.tabIndex === 0).length"""


def small_page(**changes):
    figure = new_figure("curve", x="time step", y="gradient", y_range=(0, 5))
    line = figure.line("x", "y", source=new_source("curve-data", x=[0, 1, 2], y=[1, 4, 2]), line_width=3)
    coloured(line, "#ff0000", "#00ff00")
    heat = new_figure("heat", x="training step", y="time step", x_range=(0, 4), y_range=(0, 2))
    add_heatmap(heat, "heat-data", ["#0000ff"] * 250 + ["#ffff00"] * 6)
    body = Markup(
        '<main><h1>A page</h1><div data-figure="curve" id="c" role="img" aria-label="a curve"></div>'
        '<div data-figure="heat" id="h" role="img" aria-label="a heatmap"></div></main>'
    )
    page = {
        "title": "A page",
        "body": body,
        "figures": {"curve": figure, "heat": heat},
        "data": {"a": 1},
    }
    return Page(**{**page, "scripts": ["page/draw_all.js"], **changes})


def test_no_script_of_the_package_holds_an_end_tag():
    for path in sorted(FOLDER.rglob("*.js")):
        assert "</script" not in path.read_text(encoding="utf-8").lower(), path
    for path in FOLDER.rglob("*.css"):
        assert "</style" not in path.read_text(encoding="utf-8").lower(), path


@given(text=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_json_on_a_page_is_read_back_whatever_it_holds(text):
    written = str(page_module.json_for_script({"text": text}))
    assert not set("<>&") & set(written)
    assert json.loads(written) == {"text": text}


def test_nan_is_not_json():
    with pytest.raises(ValueError, match="Out of range float"):
        render_page(small_page(data={"a": float("nan")}))


def test_every_value_of_a_template_is_escaped():
    filled = str(
        fill_template(
            "page/page.html",
            title=NASTY,
            body=NASTY,
            styles=[],
            bokeh="",
            scripts=[],
            figures="",
            data="",
            connect="'none'",
        )
    )
    assert "<script>alert" not in filled
    assert filled.count("&lt;script&gt;alert") == 2


def test_a_missing_bokeh_is_named(monkeypatch):
    monkeypatch.setattr(page_module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoPageWriter, match=re.escape("pip install 'gradviz[html]'")):
        require_bokeh()


def test_a_page_is_drawn_without_network(browser, tmp_path):
    write_page(small_page(), tmp_path / "page.html")
    browser.open(tmp_path / "page.html")
    assert browser.source("curve-data") == {"x": [0, 1, 2], "y": [1, 4, 2]}
    assert browser.run("gradviz.data") == {"a": 1}
    assert browser.run("gradviz.model('curve').renderers[0].glyph.line_color.value") == "#ff0000"
    assert browser.accessibility_faults() == []
    assert browser.run(TAB_STOPS) == 0  # with the tab key nothing can be done in a figure
    browser.assert_clean()


def test_a_printed_page_is_as_wide_as_its_window_and_made_smaller(browser, tmp_path):
    write_page(small_page(), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", width=1280)
    width = browser.run("document.body.offsetWidth")
    browser.driver.execute_cdp_cmd("Page.printToPDF", {})
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    body = "getComputedStyle(document.body)"
    assert browser.run(f"Number({body}.zoom)") == pytest.approx(690 / width, rel=1e-3)
    assert browser.run(f"parseFloat({body}.width)") == width
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_page_is_small(tmp_path):
    assert len(render_page(small_page())) < 1_600_000  # 3 MB are allowed beyond the data


def test_a_dark_page_has_its_own_colours(browser, tmp_path):
    write_page(small_page(), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", dark=True, width=390)
    assert browser.run("gradviz.model('curve').renderers[0].glyph.line_color.value") == "#00ff00"
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(11, 9, 18)"
    browser.assert_clean()


def test_what_is_printed_from_a_dark_window_is_light_at_once(browser, tmp_path):
    write_page(small_page(), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", dark=True)
    browser.run(
        """window.inks = function () {
          const { primary } = Bokeh.index.get_one(gradviz.model("curve")).canvas_view;
          const { data } = primary.ctx.getImageData(0, 0, primary.canvas.width, primary.canvas.height);
          const found = { red: 0, green: 0 };
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] < 255 || data[i + 2] > 0) continue;
            if (data[i] === 255 && data[i + 1] === 0) found.red += 1;
            if (data[i] === 0 && data[i + 1] === 255) found.green += 1;
          }
          return found;
        };
        // before a page is printed, the browser tells of its light colours, and then takes the picture
        const dark = matchMedia("(prefers-color-scheme: dark)");
        dark.addEventListener("change", () => { window.printed = inks(); });
        return null;"""
    )
    assert browser.run("inks().red === 0 && inks().green > 100")
    light = {"features": [{"name": "prefers-color-scheme", "value": "light"}]}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", light)
    browser.wait("window.printed !== undefined")
    assert browser.run("printed.green === 0 && printed.red > 100")


def test_a_heatmap_is_filled(browser, tmp_path):
    write_page(small_page(), tmp_path / "page.html")
    browser.open(tmp_path / "page.html")
    before = browser.pixels("#h")
    box = {"x": 0, "y": 0, "width": 4, "height": 2}
    browser.run("gradviz.updateHeatmap('heat-data', [0, 255, 0, 0], 2, 2, arguments[0]); return 1", box)
    browser.wait("gradviz.model('heat-data').data.image[0].length === 4")
    assert browser.source("heat-data")["image"] == [[0, 255, 0, 0]]
    assert browser.pixels("#h") != before


def test_a_request_is_refused_by_the_page(browser, tmp_path):
    write_page(small_page(), tmp_path / "page.html")
    browser.open(tmp_path / "page.html", online=True)
    browser.run("fetch('http://127.0.0.1:9/'); return 1")
    browser.wait("true")
    assert any("Content Security Policy" in message for _, message in browser.log())


def test_an_unwritable_page_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    path.write_text("old")

    def full_disk(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_page(small_page(), path)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["page.html"]

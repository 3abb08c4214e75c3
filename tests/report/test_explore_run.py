"""The page of a run inside a notebook."""

import re

import pytest
from report.data.made import recording

import gradviz as gv


def test_a_notebook_shows_the_page(browser, tmp_path):
    view = gv.explore_run({'a "quoted" <run>': recording()})
    path = tmp_path / "notebook.html"
    ready = "document.querySelector('iframe').onload = () => document.documentElement.dataset.ready = 'true'"
    path.write_text(
        f"<!doctype html><title>n</title>{view._repr_html_()}<script>{ready}</script>", encoding="utf-8"
    )
    browser.open(path)
    frame = browser.driver.find_element("css selector", "iframe")
    assert frame.get_attribute("title") == 'Page of a "quoted" <run>'
    browser.driver.switch_to.frame(frame)
    browser.wait("document.documentElement.dataset.ready === 'true'")
    browser.keys("input[name=step]", "\ue011")  # home
    assert browser.run("gradviz.runState().step") == 0
    browser.driver.switch_to.default_content()
    assert [m for m in browser.log() if m[0] == "SEVERE"] == []


def test_at_the_prompt_it_says_what_it_is():
    assert re.fullmatch(r"<page of LSTM: \d\.\d MB; a notebook shows it>", repr(gv.explore_run(recording())))


@pytest.mark.parametrize("wrong", [3, None, "run"])
def test_what_is_not_a_recording_is_refused(wrong):
    with pytest.raises(TypeError, match=f"is a {type(wrong).__name__}; give a DataTree"):
        gv.explore_run(wrong)
    with pytest.raises(TypeError, match="the recording of 'lstm' is a"):
        gv.explore_run({"lstm": wrong})

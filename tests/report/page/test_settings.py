"""Settings: the address follows them, but not faster than browsers let it."""

import pytest
from markupsafe import Markup

from gradviz.report.page.html_page import Page, write_page


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("settings") / "page.html"
    slider = '<label>a<input type="range" name="{}" min="0" max="100" value="5"></label>'
    body = Markup("<main><h1>A page</h1>" + slider.format("first") + slider.format("second") + "</main>")
    write_page(Page(title="A page", body=body), path)
    return path


def test_a_slider_that_is_dragged_writes_few_addresses_and_the_last_value(browser, path):
    browser.open(path)
    browser.run(
        """return (() => { window.written = 0;
        const before = history.replaceState.bind(history);
        history.replaceState = (...given) => { written += 1; before(...given); };
        const settings = gradviz.settings(document.body, () => null);
        for (let i = 0; i <= 90; i++) settings.set("first", i);
        settings.set("second", 7);
        return null; })()"""
    )
    assert browser.run("gradviz.fragment('first')") == "90"  # known before it is written
    browser.wait("location.hash === '#first=90&second=7'")
    assert browser.run("written") == 1


def test_a_value_is_removed(browser, path):
    browser.open(path, fragment="first=3&second=4")
    browser.run("gradviz.setFragment({ first: null })")
    assert browser.run("gradviz.fragment('first')") is None
    browser.wait("location.hash === '#second=4'")


def test_a_number_that_is_not_given_is_not_in_the_address(browser, path):
    browser.open(path)
    browser.run(
        """return (() => { document.querySelector("main").insertAdjacentHTML("beforeend",
        '<label>guess <input type="number" name="guess" step="any"></label>');
        gradviz.settings(document.body, () => null); return null; })()"""
    )
    browser.keys("input[name=guess]", "1", ".", "5")
    browser.wait("location.hash === '#guess=1.5'")
    browser.keys("input[name=guess]", *["\ue003"] * 3)  # backspace
    browser.wait("location.hash === ''", seconds=3)

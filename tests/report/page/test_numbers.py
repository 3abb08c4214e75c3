"""Numbers as a sentence writes them."""

import pytest
from markupsafe import Markup

from gradviz.report.page.html_page import Page, write_page


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("numbers") / "page.html"
    write_page(Page(title="A page", body=Markup("<h1>A page</h1>"), scripts=["page/numbers.js"]), path)
    return path


def test_numbers_are_short(browser, path):
    browser.open(path)
    values = [0, 1, 0.0869, 0.0001, 0.000097, 229.3, 9999, 45600, 7.46e-39, 9.96e-39, 1e300]
    space = "\u202f"
    assert browser.run("return arguments[0].map(gradviz.twoDigits)", values) == [
        "0",
        "1",
        "0.087",
        "0.0001",
        f"9.7{space}·{space}10⁻⁵",
        "230",
        f"1.0{space}·{space}10⁴",
        f"4.6{space}·{space}10⁴",
        f"7.5{space}·{space}10⁻³⁹",
        f"1.0{space}·{space}10⁻³⁸",
        f"1.0{space}·{space}10³⁰⁰",
    ]


def test_signs_indices_and_exponents(browser, path):
    browser.open(path)
    assert browser.run("return [-1.234, -0.001, 0, 12].map((v) => gradviz.decimals(v))") == [
        "\u22121.23",
        "0.00",
        "0.00",
        "12.00",
    ]
    assert browser.run("return [gradviz.lowered(105), gradviz.raised(-20)]") == ["₁₀₅", "⁻²⁰"]

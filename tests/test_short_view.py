"""At most ten lines, each on a line of its own, and names that stay text in the HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shown_html import ANY_TEXT, ShownHtml, is_harmless

from gradviz.short_view import MOST_LINES, ShortView, short_name, shown_text

ROWS = st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=30)


def test_exact_lines():
    view = ShortView("Tape", (("a", "one"), ("longer", "two")), "then this")
    assert view.text() == "Tape\n  a       one\n  longer  two\n  then this"


def test_exact_html():
    view = ShortView("a < b", (("x & y", "<i>"),), "then", code="one()\ntwo('<')", whole="all")
    assert view.html() == (
        '<div><table><caption style="text-align: left; font-weight: bold">a &lt; b</caption><tbody><tr>'
        '<th scope="row" style="text-align: left; vertical-align: top; padding-right: 1em">'
        "<bdi>x &amp; y</bdi></th>"
        '<td style="text-align: left; vertical-align: top; overflow-wrap: anywhere">'
        "<bdi>&lt;i&gt;</bdi></td></tr></tbody></table><p>then</p>"
        """<pre tabindex="0" style="overflow-x: auto; padding-bottom: 0.3em">one()\ntwo('&lt;')</pre>"""
        '<details><summary>The whole text</summary><pre tabindex="0" '
        'style="overflow-x: auto; padding-bottom: 0.3em">all</pre></details></div>'
    )


def test_without_rows_there_is_no_table():
    assert ShortView("only <this>").html() == "<div><p>only &lt;this&gt;</p></div>"


@given(ANY_TEXT, ROWS, ANY_TEXT, ANY_TEXT)
def test_any_text_stays_text(title, rows, footer, whole):
    html = ShortView(title, tuple(rows), footer, code=whole, whole=whole).html()
    assert is_harmless(html)
    html.encode("utf-8")
    text = ShownHtml(html).text
    for label, said in rows[:3]:
        assert short_name(label) in text
        assert shown_text(said) in text


@given(ANY_TEXT, ROWS, ANY_TEXT)
def test_at_most_ten_lines(title, rows, footer):
    view = ShortView(title, tuple(rows), footer)
    lines = view.text().split("\n")
    assert len(lines) == len(view.lines()) <= MOST_LINES == 10
    assert all(len(line) <= 110 for line in lines[1:])
    assert all(line.isprintable() for line in lines)
    view.text().encode("utf-8")


@pytest.mark.parametrize("footer", ["", "then"])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 10, 50])
def test_what_is_left_out_is_counted(count, footer):
    rows = tuple((f"m{number}", "text") for number in range(count))
    lines = ShortView("title", rows, footer).lines()
    shown = [line for line in lines if line.startswith("  m")]
    assert len(lines) <= 10
    left = count - len(shown)
    assert (f"  ... and {left} more" in lines) == (left > 0)
    assert left == 0 or len(lines) == 10
    assert len(ShownHtml(ShortView("title", rows, footer).html()).tags) > 0


def test_a_long_name_keeps_its_ends():
    assert short_name("encoder." + "x" * 3000 + ".lstm") == "encoder." + "x" * 17 + "..." + "x" * 7 + ".lstm"
    assert len(short_name("x" * 3000)) == 40
    assert short_name("x" * 40) == "x" * 40


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Größe → 隠れ状態", "Größe → 隠れ状態"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\ud800", r"\ud800"),
        ("\u202eright to left", r"\u202eright to left"),
        (7, "7"),
    ],
)
def test_what_cannot_be_printed_is_escaped(text, shown):
    assert shown_text(text) == shown


def test_lines_of_code_stay_lines():
    html = ShortView("t", code="a\n    b\r").html()
    assert ShownHtml(html).texts[-1] == ["pre", "a\n    b\\r"]

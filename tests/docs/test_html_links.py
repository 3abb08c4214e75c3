"""Broken links and requests in HTML pages are found."""

from docs.html_links import broken_links, loaded_from_elsewhere, read_pages

WHOLE = (
    '<a id="here"></a><a href="#here">x</a><a href="in/b.html#there">b</a><a href="https://example.org">e</a>'
)


def written(folder, first, second='<p id="there"></p><img src="../a%20b.png"><a href="../a.html">a</a>'):
    (folder / "in").mkdir()
    (folder / "a b.png").write_bytes(b"")
    (folder / "a.html").write_text(first)
    (folder / "in" / "b.html").write_text(second)
    return read_pages(folder)


def test_links_that_lead_somewhere_are_fine(tmp_path):
    pages = written(tmp_path, WHOLE)
    assert len(pages) == 2
    assert broken_links(pages) == []
    assert loaded_from_elsewhere(pages) == []


def test_a_missing_page_anchor_or_picture_is_found(tmp_path):
    first = '<a href="#gone">x</a><a href="c.html">c</a><a href="in/b.html#here">b</a><img src="p.png">'
    assert broken_links(written(tmp_path, first)) == [
        "a.html: #gone",
        "a.html: c.html",
        "a.html: in/b.html#here",
        "a.html: p.png",
    ]


def test_what_is_loaded_from_elsewhere_is_found(tmp_path):
    first = '<script src="https://cdn.example.org/x.js"></script><link href="//example.org/y.css">'
    assert loaded_from_elsewhere(written(tmp_path, first)) == [
        "a.html: https://cdn.example.org/x.js",
        "a.html: //example.org/y.css",
    ]

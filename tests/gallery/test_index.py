"""The page of figures."""

from pathlib import Path

from gradviz.gallery.caption import Caption
from gradviz.gallery.index import write_index
from gradviz.gallery.make import Made


def made(name, *endings):
    caption = Caption(f"{name} falls", "reading", "setting", "measured", "source", f"[{name}] falls.")
    return Made(name, caption, (), tuple(Path(f"{name}.{ending}") for ending in endings))


def test_every_figure_has_its_picture_words_and_files(tmp_path):
    page = write_index(tmp_path, [made("one", "svg", "png", "csv"), made("two", "pdf")]).read_text()
    assert page.startswith("# Figures\n")
    assert "- [one falls](#one)\n- [two falls](#two)\n" in page
    assert "`gradviz gallery --check`" in page
    assert "## one falls\n\n![\\[one\\] falls.](one.svg)\n\n**How to read it.** reading" in page
    assert "`gradviz figure one` · [SVG](one.svg), [PNG](one.png), [CSV](one.csv)" in page
    assert page.count("![") == 1  # a page cannot show a PDF
    assert page.endswith("[PDF](two.pdf)\n")


def test_the_contents_follow_the_lecture(tmp_path):
    page = write_index(
        tmp_path, [made("vanishing", "png"), made("rnn_anatomy", "png")], language="de"
    ).read_text()
    assert page.startswith("# Abbildungen\n")
    first = "**Was ein rekurrentes Netz ist und was es zurückgibt**\n\n- [rnn_anatomy falls](#rnn_anatomy)"
    assert page.index(first) < page.index("- [vanishing falls](#vanishing)")
    assert "**Wie man es liest.** reading" in page

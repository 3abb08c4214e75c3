"""The words of figures in two languages."""

import pytest

from gradviz.errors import UnknownName
from gradviz.gallery import words
from gradviz.gallery.words import LANGUAGES, Words, current_language, figure_words, use_language

TABLES = sorted(path.stem for path in words._FOLDER.glob("*.toml"))


def placeholders(text):
    return {name for _, name, _, _ in words.string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", TABLES)
def test_a_text_takes_the_same_values_in_every_language(name):
    table = figure_words(name)
    assert table.keys()
    for key in table.keys():  # noqa: SIM118
        texts = [table.text(key, language) for language in LANGUAGES]
        assert all(texts), key
        assert placeholders(texts[0]) == placeholders(texts[1]), key


def test_numbers_are_written_as_the_language_does():
    table = Words("example", {"size": {"en": "{size:,.1f} at {place}", "de": "{size:,.1f} bei {place}"}})
    assert table("size", size=-1234.56, place="a.b-c") == "\N{MINUS SIGN}1,234.6 at a.b-c"
    with use_language("de"):
        assert current_language() == "de"
        assert (
            Words("share", {"a": {"en": "{a:.0%}", "de": "{a:.0%}"}})("a", a=0.5)
            == "50\N{NARROW NO-BREAK SPACE}%"
        )
        assert table("size", size=1234.56, place=3) == "1\N{NARROW NO-BREAK SPACE}234,6 bei 3"
    assert current_language() == "en"


def test_what_is_not_there():
    with pytest.raises(UnknownName, match="unknown table of words 'vanishin'; did you mean 'vanishing'"):
        figure_words("vanishin")
    with pytest.raises(UnknownName, match=r"unknown text of vanishing 'titel\.keeps'"):
        figure_words("vanishing")("titel.keeps")
    with pytest.raises(UnknownName, match="unknown language 'fr'"), use_language("fr"):
        pass


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (38.75, "39", "39"),
        (229, "230", "230"),
        (12345, "12,000", "12\N{NARROW NO-BREAK SPACE}000"),
        (-3.87e7, "\N{MINUS SIGN}3.9 · 10⁷", "\N{MINUS SIGN}3,9 · 10⁷"),
        (1e-5, "10⁻⁵", "10⁻⁵"),
        (0.0123, "0.012", "0,012"),
    ],
)
def test_large_and_small_numbers_are_written_as_on_a_board(value, english, german):
    words = Words("some", {"line": {"en": "{value:.2g}", "de": "{value:.2g}"}})
    for language, expected in (("en", english), ("de", german)):
        with use_language(language):
            assert words("line", value=value) == expected

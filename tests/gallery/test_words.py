"""The words of figures in two languages."""

import re

import pytest

from gradviz.errors import UnknownName
from gradviz.gallery import words
from gradviz.gallery.words import LANGUAGES, Words, current_language, figure_words, use_language

NARROW = "\N{NARROW NO-BREAK SPACE}"
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
        assert Words("share", {"a": {"en": "{a:.0%}", "de": "{a:.0%}"}})("a", a=0.5) == f"50{NARROW}%"
        assert table("size", size=1234.56, place=3) == "1\N{NARROW NO-BREAK SPACE}234,6 bei 3"
    assert current_language() == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_per_cent_sign_has_one_space_before_it(language):
    both = Words("share", {"a": dict.fromkeys(LANGUAGES, "{a:.0%}, {b:.0f} %, 5 % (%)")})
    with use_language(language):
        assert both("a", a=0.5, b=2) == f"50{NARROW}%, 2{NARROW}%, 5{NARROW}% (%)"


@pytest.mark.parametrize(
    ("count", "number", "expected"),
    [
        (1, "", "1 run has"),
        (2, "", "2 runs have"),
        (0, "", "0 runs have"),
        (1.0, ".0f", "1 run has"),
        (1000, ",", "1,000 runs have"),
        (-1, "", "\N{MINUS SIGN}1 runs have"),
    ],
)
def test_a_noun_fits_its_number(count, number, expected):
    text = "{n:" + number + "|run|runs} {n:word|has|have}"
    assert Words("example", {"a": dict.fromkeys(LANGUAGES, text)})("a", n=count) == expected


def test_a_noun_fits_what_is_written_of_its_number():
    words = Words("example", {"a": dict.fromkeys(LANGUAGES, "{n:.0f|step|steps}, {n:.1f|step|steps}")})
    assert words("a", n=1.04) == "1 step, 1.0 steps"


COUNTED = (
    r"((new |random )?((time |training )?steps|runs|units|seeds|sequences|networks|iterations|decades)"
    r"|lengths|LSTMs|GRUs|RNNs|Seeds"
    r"|(Zeits|Trainingss|S)chritten?|Läufen?|Einheiten|Sequenzen|Netzen?|Iterationen|Zehnerpotenzen|Längen)\b"
)
OTHER_SPELLINGS = {
    "a fraction in digits": r"(?<![\d}])\d/\d",
    "a per cent sign without a space": r"[^ (]%",
    "a narrow space that the words write by themselves": NARROW,
    "a noun whose form does not depend on its number": r"\{\w+(:[^|}.]*|:\.0f)?\} " + COUNTED,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [name for name in TABLES if name != "common"])
def test_there_is_one_way_of_writing(name, language):
    table = figure_words(name)
    for key in table.keys():  # noqa: SIM118
        text = re.sub(r"{\w+:\.\d%}", "5 %", table.text(key, language))
        for what, pattern in OTHER_SPELLINGS.items():
            assert not re.search(pattern, text), f"{name} {key}: {what}: {text}"


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

"""The words of the figures, in English and German: one table for each figure, in ``texts/NAME.toml``."""

from __future__ import annotations

import functools
import re
import string
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from gradviz.arguments import check_one_of
from gradviz.errors import unknown_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LANGUAGES = ("en", "de")
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_WORD = "word"  # in place of the format of a number, which is then not written

_EXPONENT = re.compile(r"(?P<mantissa>-?[\d.]+)e(?P<exponent>[+-]\d+)")
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

_FOLDER = Path(__file__).parent / "texts"
_language: ContextVar[str] = ContextVar("language", default="en")


class Words:
    """The words of one figure, in the language in force; see `figure_words`.

    Parameters
    ----------
    name : str
    table : mapping
        For each key a text in every language. A nested table's keys are joined with dots.
    """

    def __init__(self, name: str, table: Mapping[str, Any]) -> None:
        self.name = name
        self._texts = dict(_flat(table))

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key, with values in place of its ``{names}``, as `str.format` does it.

        In German a number has a decimal comma. ``{runs:.0f|run|runs}`` is the number with the noun in the
        form that fits it, "1 run" or "5 runs"; ``{runs:word|has|have}`` is the word alone. A per cent sign
        stands after a narrow space. Very large and very small numbers are written as
        powers of ten.

        Raises
        ------
        UnknownName
            If there is no such key.
        KeyError
            If the text has a name without a value.
        """
        if key not in self._texts:
            raise unknown_name(f"text of {self.name}", key, self._texts)
        language = current_language()
        text = _Numbers(language).vformat(self._texts[key][language], (), values)
        return text.replace(" %", f"{_NARROW_SPACE}%")

    def text(self, key: str, language: str) -> str:
        """The text of a key in one language, as it stands in the table."""
        return self._texts[key][language]

    def keys(self) -> list[str]:
        """The keys, in the order of the table."""
        return list(self._texts)


@functools.cache
def figure_words(name: str) -> Words:
    """The words of the figure ``name``, from ``texts/NAME.toml``.

    The table gives every text in every language::

        [title.forgets]
        en = "An untrained LSTM forgets like an RNN: {lost:.0f} decades in {steps} steps"
        de = "..."

    Raises
    ------
    UnknownName
        If there is no such table.
    """
    check_one_of("table of words", name, [path.stem for path in sorted(_FOLDER.glob("*.toml"))])
    return Words(name, tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


@contextmanager
def use_language(language: str) -> Iterator[None]:
    """Write figures in a language until the end of the block.

    Parameters
    ----------
    language : {"en", "de"}

    Raises
    ------
    UnknownName
        If there is no such language.
    """
    check_one_of("language", language, LANGUAGES)
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def current_language() -> str:
    """The language in force."""
    return _language.get()


class _Numbers(string.Formatter):
    """`str.format`, with the signs of a language, and a minus sign in place of the hyphen."""

    def __init__(self, language: str) -> None:
        self._decimal = {"en": ".", "de": ","}[language]
        self._thousands = {"en": ",", "de": _NARROW_SPACE}[language]

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            return self._counted(value, *format_spec.split("|"))
        text = super().format_field(value, format_spec)
        if isinstance(value, str):
            return str(text)
        text = _EXPONENT.sub(_power_of_ten, text)
        signs = {".": self._decimal, ",": self._thousands, "-": "\N{MINUS SIGN}", "%": " %"}
        return "".join(signs.get(sign, sign) for sign in text)

    def _counted(self, value: Any, number: str, one: str, many: str) -> str:
        """A number with the form of a word that fits it, or that form alone."""
        written = self.format_field(value, "g" if number == _WORD else number)
        form = one if written == "1" else many
        return form if number == _WORD else f"{written} {form}"


def _power_of_ten(number: re.Match[str]) -> str:
    """A number that `str.format` wrote with an exponent: in full below a million, else as a power of ten."""
    whole = float(number[0])
    if 1 <= abs(whole) < 1e6:
        return f"{whole:,.0f}" if abs(whole) >= 10_000 else f"{whole:.0f}"
    exponent = str(int(number["exponent"])).translate(_RAISED)
    mantissa = number["mantissa"]
    return f"10{exponent}" if mantissa == "1" else f"{mantissa} · 10{exponent}"


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    for key, value in table.items():
        if set(value) == set(LANGUAGES) and all(isinstance(text, str) for text in value.values()):
            yield before + key, value
        else:
            yield from _flat(value, f"{before}{key}.")

"""Put the words that plots write by themselves, such as names of axes, into the language in force."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, Formatter, FuncFormatter

from gradviz.gallery.words import current_language, figure_words


def translate(figure: Figure) -> None:
    """Replace every line of text of a figure that is in the table of common words.

    Parameters
    ----------
    figure : Figure
        Lines that are not in ``texts/common.toml`` stay as they are: those of the figure itself were written
        in the language in force. Numbers at ticks get the decimal sign of the language.
    """
    if current_language() == "en":
        return
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            formatter = axis.get_major_formatter()
            written = isinstance(formatter, FuncFormatter) and isinstance(
                axis.get_major_locator(), FixedLocator
            )  # labels that were given tick by tick, perhaps in German
            axis.set_major_formatter(_GermanNumbers(formatter, thousands=not written))
    for artist in figure.findobj(Text):
        if isinstance(artist, Text) and artist.get_text():
            artist.set_text("\n".join(map(_translated, artist.get_text().split("\n"))))


class _GermanNumbers(Formatter):
    """Tick labels of another formatter, with a decimal comma and a narrow space before thousands."""

    def __init__(self, english: Formatter, *, thousands: bool) -> None:
        self._english = english
        self._thousands = thousands

    def set_axis(self, axis: Any) -> None:
        super().set_axis(axis)
        self._english.set_axis(axis)

    def set_locs(self, locs: Sequence[float]) -> None:
        self._english.set_locs(locs)  # type: ignore[arg-type]

    def get_offset(self) -> str:
        return self._english.get_offset()

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = self._english(x, pos)
        if self._thousands:
            text = re.sub(r"(?<=\d),(?=\d{3})", "\N{NARROW NO-BREAK SPACE}", text)
        return re.sub(r"(?<=\d)\.(?=\d)", "{,}" if "$" in text else ",", text)


def _translated(line: str) -> str:
    common = figure_words("common")
    for key, pattern in _patterns().items():
        found = pattern.fullmatch(line)
        if found:
            return common(key, **found.groupdict())
    return line


@functools.cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """What each English text of the table looks like, with anything in place of its ``{names}``."""
    common = figure_words("common")
    patterns = {}
    for key in common.keys():  # noqa: SIM118
        parts = string.Formatter().parse(common.text(key, "en"))
        patterns[key] = re.compile(
            "".join(re.escape(text) + (f"(?P<{name}>.+)" if name else "") for text, name, *_ in parts)
        )
    return patterns

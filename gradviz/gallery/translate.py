"""Put the words that plots write by themselves, such as names of axes, into the language in force."""

from __future__ import annotations

import functools
import re
import string

from matplotlib.figure import Figure
from matplotlib.text import Text

from gradviz.gallery.words import current_language, figure_words


def translate(figure: Figure) -> None:
    """Replace every line of text of a figure that is in the table of common words.

    Parameters
    ----------
    figure : Figure
        Lines that are not in ``texts/common.toml`` stay as they are: those of the figure itself were written
        in the language in force.
    """
    if current_language() == "en":
        return
    for artist in figure.findobj(Text):
        if isinstance(artist, Text) and artist.get_text():
            artist.set_text("\n".join(map(_translated, artist.get_text().split("\n"))))


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

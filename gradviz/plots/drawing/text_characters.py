"""The characters of a text, one for each time step."""

from __future__ import annotations

from gradviz.errors import GradvizError
from gradviz.plots.drawing.plain_text import plain_text

_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}


class TextDoesNotFit(GradvizError, ValueError):
    """A text has more or fewer characters than there are time steps."""


def visible(character: str) -> str:
    """The character itself, or a visible sign for a space, a line break or a tab."""
    return plain_text(_VISIBLE.get(character, character))


def check_length(text: str, times: int) -> None:
    """Check that a text has one character for every time step.

    Raises
    ------
    TextDoesNotFit
        If it does not; the message gives both numbers.
    """
    if len(text) != times:
        raise TextDoesNotFit(
            f"text has {len(text)} characters and the recording {times} time steps; give one for each"
        )

"""What an object says of itself in at most ten lines, at the prompt and in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

MOST_LINES = 10
_MOST_COLUMNS = 110
_MOST_NAME = 40
_MOST_TEXT = 400  # of a title, which may be a whole sentence, and in a cell of a table, which wraps
_GAP = 2
_CUT = "..."


@dataclass(frozen=True)
class ShortView:
    """A title, rows of a label and a text, and a last line; as plain lines or as HTML.

    Names that a user has given may stand in any of them. Characters that cannot be printed, such as line
    breaks, are written as escapes, and in the HTML everything is text.

    Attributes
    ----------
    title : str
    rows : tuple of (str, str)
        A label and a text each. Of more than fit into ten lines the last ones are counted only.
    footer : str
        What to call next; empty for nothing.
    code : str
        Lines to copy, which only the HTML has; empty for none.
    whole : str
        A longer text that the HTML has folded up; empty for none.
    """

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    footer: str = ""
    code: str = ""
    whole: str = ""

    def lines(self) -> list[str]:
        """At most ten lines of at most 110 columns; only a title may be longer."""
        shown = [(short_name(label), text) for label, text in self._shown()]
        column = max((len(label) for label, _ in shown), default=0) + _GAP
        rows = [f"{'':{_GAP}}{label:{column}}{text}" for label, text in shown]
        further = [f"{'':{_GAP}}{text}" for text in (self._left_out(), self.footer) if text]
        return [
            _cut(self.title, _MOST_TEXT),
            *(_cut(line.rstrip(), _MOST_COLUMNS) for line in [*rows, *further]),
        ]

    def text(self) -> str:
        """The lines for the prompt."""
        return "\n".join(self.lines())

    def html(self) -> str:
        """A table for a notebook: no script, no style sheet, and the colours of the page around it."""
        view = Element("div")
        if self.rows:
            view.append(self._table())
        else:
            SubElement(view, "p").text = _cut(self.title, _MOST_TEXT)
        for text in filter(None, (self._left_out(), self.footer)):
            SubElement(view, "p").text = _cut(text, _MOST_TEXT)
        if self.code:
            _add_lines(view, self.code)
        if self.whole:
            folded = SubElement(view, "details")
            SubElement(folded, "summary").text = "The whole text"
            _add_lines(folded, self.whole)
        return tostring(view, encoding="unicode", method="html")

    def _table(self) -> Element:
        table = Element("table")
        SubElement(table, "caption", style=_TITLE).text = _cut(self.title, _MOST_TEXT)
        body = SubElement(table, "tbody")
        for label, text in self._shown():
            row = SubElement(body, "tr")
            head, cell = SubElement(row, "th", scope="row", style=_LABEL), SubElement(row, "td", style=_TEXT)
            SubElement(head, "bdi").text = short_name(label)  # a name in Arabic turns nothing around it
            SubElement(cell, "bdi").text = _cut(text, _MOST_TEXT)
        return table

    def _shown(self) -> Sequence[tuple[str, str]]:
        room = MOST_LINES - 1 - bool(self.footer)
        return self.rows if len(self.rows) <= room else self.rows[: room - 1]

    def _left_out(self) -> str:
        more = len(self.rows) - len(self._shown())
        return f"... and {more} more" if more else ""


# Only room and sides: colours and fonts are those of the page around.
_TITLE = "text-align: left; font-weight: bold"
_LABEL = "text-align: left; vertical-align: top; padding-right: 1em"
_TEXT = "text-align: left; vertical-align: top; overflow-wrap: anywhere"
_CODE = "overflow-x: auto; padding-bottom: 0.3em"


def _add_lines(parent: Element, text: str) -> None:
    # a reader without a mouse scrolls what is too wide only where the keyboard can reach it
    lines = SubElement(parent, "pre", tabindex="0", style=_CODE)
    lines.text = "\n".join(map(shown_text, text.split("\n")))


def shown_text(text: object) -> str:
    r"""A text on one line, in which what cannot be printed is written as an escape, such as ``\n``.

    Parameters
    ----------
    text : object
        Names need not be strings.

    Returns
    -------
    str
    """
    return "".join(_shown_characters(str(text)))


def _shown_characters(text: str) -> Iterator[str]:
    for character in text:
        yield character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def short_name(text: object, *, most: int = _MOST_NAME) -> str:
    """As `shown_text`, cut in the middle: of a dotted name the beginning and the end tell most.

    Parameters
    ----------
    text : object
    most : int
        Characters, at least 5.

    Returns
    -------
    str
    """
    name = shown_text(text)
    kept = most - len(_CUT)
    return name if len(name) <= most else f"{name[: kept - kept // 3]}{_CUT}{name[-(kept // 3) :]}"


def _cut(text: object, most: int) -> str:
    line = shown_text(text)
    return line if len(line) <= most else line[: most - len(_CUT)].rstrip() + _CUT

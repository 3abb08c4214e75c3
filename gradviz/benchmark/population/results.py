"""The results of the members: one line of JSON each, in a file that is only ever added to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradviz.errors import GradvizError

Line = dict[str, Any]

_ALWAYS = ("number", "held_out", "group", "half", "fault")  # in every line


class BadResults(GradvizError, ValueError):
    """A file that holds something other than results of members."""


def read_lines(path: Path) -> Iterator[Line]:
    """The members in a file, each once, as it was run last; an unfinished line of a killed run is left out.

    Parameters
    ----------
    path : Path
        Need not exist.

    Raises
    ------
    BadResults
        If it holds anything else.
    """
    found: dict[tuple[bool, int], Line] = {}
    texts = path.read_bytes().split(b"\n") if path.exists() else []
    for place, text in enumerate(texts, start=1):
        try:
            line = json.loads(text)
        except ValueError:
            if text.strip() and not text.startswith(b"{"):
                raise _bad(path, place, text) from None
            continue
        if not isinstance(line, dict) or any(key not in line for key in _ALWAYS):
            raise _bad(path, place, text)
        found[line["held_out"], line["number"]] = line
    yield from found.values()


def _bad(path: Path, place: int, text: bytes) -> BadResults:
    start = text[:40].decode(errors="replace")
    return BadResults(
        f"{path}, line {place} is not the result of a member: {start!r}; a line is a JSON object with "
        f"{', '.join(_ALWAYS)}; give another file, or delete the line"
    )


def append_line(path: Path, line: Line) -> None:
    """Add a member, in one write; an unfinished line before it is ended first."""
    text = json.dumps(line, allow_nan=False) + "\n"
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                text = "\n" + text
        file.write(text.encode())

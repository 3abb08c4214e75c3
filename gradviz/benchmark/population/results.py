"""The results of the members: one line of JSON each, in a file that is only ever added to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def read_lines(path: Path) -> Iterator[Line]:
    """The members in a file, each once; a line that a killed run left unfinished is passed over.

    Parameters
    ----------
    path : Path
        Need not exist.
    """
    seen = set()
    for text in path.read_text().splitlines() if path.exists() else ():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if (key := (line["held_out"], line["number"])) not in seen:
            seen.add(key)
            yield line


def append_line(path: Path, line: Line) -> None:
    """Add a member, in one write; an unfinished line before it is ended first."""
    text = json.dumps(line, allow_nan=False) + "\n"
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                text = "\n" + text
        file.write(text.encode())

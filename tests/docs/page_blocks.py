"""The fenced blocks of a Markdown page, with what the line above each says about running it."""

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^(?P<ticks>`{3,})\s*(?P<info>\S.*)?$")
_MARK = re.compile(r"^(?:% (?P<plain>.*)|<!-- (?P<html>.*?) -->)$")
_OPTION = re.compile(r"^:(\w[\w-]*):\s*(.*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes
    ----------
    line : int
        Its first line, counted from 1.
    language : str
        Such as "console"; of a directive, its argument.
    directive : str
        Such as "code-cell"; empty if it is a plain block.
    options : dict
        Of the directive, such as ``caption``.
    body : str
    mark : str
        The comment in the line above, ``% ...`` or, for pages that GitHub shows too, ``<!-- ... -->``.
    """

    line: int
    language: str
    directive: str
    options: dict
    body: str
    mark: str

    @property
    def reason_not_to_run(self):
        """Why it is not run; empty if it is."""
        return self.mark.removeprefix("not run:").strip() if self.mark.startswith("not run:") else ""

    @property
    def exit_code(self):
        """Exit code of its last command."""
        return int(self.mark.removeprefix("exit:")) if self.mark.startswith("exit:") else 0

    @property
    def commands(self):
        """Each command of a console block, with the lines of output that are shown behind it."""
        found = []
        for line in self.body.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and found[-1][0].endswith("\\"):
                found[-1] = (found[-1][0] + "\n" + line, [])
            elif line:
                found[-1][1].append(line)
        return found


def blocks_of(path):
    """Every fenced block of a page, in order."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    at, found = 0, []
    while at < len(lines):
        opens = _FENCE.match(lines[at])
        if not opens:
            at += 1
            continue
        ends = next(end for end in range(at + 1, len(lines)) if lines[end].rstrip() == opens["ticks"])
        found.append(_block(lines, at, ends, opens["info"] or ""))
        at = ends + 1
    return found


def _block(lines, at, ends, info):
    directive, language = "", info
    if named := re.match(r"\{([\w-]+)\}\s*(.*)", info):
        directive, language = named[1], named[2]
    body = lines[at + 1 : ends]
    options = {}
    while directive and body and (option := _OPTION.match(body[0])):
        options[option[1]] = option[2]
        body = body[1:]
    marked = _MARK.match(lines[at - 1]) if at else None
    mark = (marked["plain"] or marked["html"]) if marked else ""
    return Block(at + 1, language, directive, options, "\n".join(body).strip("\n") + "\n", mark)

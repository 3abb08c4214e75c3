"""What the package itself says: a comment ``<!-- generated: NAME -->`` of a page becomes its Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable

import experiment_tables
import findings_page
import gallery_page
import plots_page
import recording_tables
from example_scripts import scripts
from sphinx.application import Sphinx

GENERATED: dict[str, Callable[[], str]] = {
    "dimensions": recording_tables.dimensions,
    "variables": recording_tables.variables,
    "attributes": recording_tables.attributes,
    "keys": experiment_tables.keys,
    "reproduction": experiment_tables.reproduction,
    "tasks": experiment_tables.tasks,
    "initialisations": experiment_tables.initialisations,
    "findings": findings_page.findings,
    "gallery": gallery_page.gallery,
    "plots": plots_page.plots,
    "scripts": scripts,
}

_COMMENT = re.compile(r"^<!-- generated: (\w+) -->$", re.M)


def with_generated(text: str) -> str:
    """A page's text with what is generated in place of the comments that name it."""
    return _COMMENT.sub(lambda found: GENERATED[found[1]](), text)


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    if _COMMENT.search(source[0]):
        app.env.note_reread()  # what it says may change while its file does not
        source[0] = with_generated(source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _read, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Pages of the repository that stand outside of ``docs/``, and links to them.

A page shows a file of the repository by a comment on its own line, ``<!-- file: examples/README.md -->``.
Links between such files, and links of any page to one, lead to the page that shows it; links to other files
are downloads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

PAGES = {
    "README.md": "index.md",
    "figures/README.md": "gallery.md",
    "experiments/README.md": "reference/experiments.md",
    "experiments/vanishing/README.md": "reference/vanishing.md",
    "experiments/RESULTS.md": "reference/reproductions.md",
    "examples/README.md": "reference/examples.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}
"""The page of each file, below ``docs/``."""

_FILE = re.compile(r"^<!-- file: (\S+) -->$", re.M)
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)")
_ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')


def relinked(text: str, folder: Path, page: Path) -> str:
    """A Markdown text whose relative links work on a page of the site.

    Parameters
    ----------
    text : str
    folder : Path
        The folder of the text's own file, to which its links are relative.
    page : Path
        The page that shows it.

    Returns
    -------
    str
        Links to files with a page lead to it; a link to a folder or another text of the
        repository without one is left as its words.
    """

    def link(found: re.Match[str]) -> str:
        target, hash_sign, anchor = found["target"].partition("#")
        if not target or re.match(r"[a-z]+:|/", target):
            return found[0]
        file = (folder / target).resolve()
        if file.is_dir() and (file / "README.md").exists():
            file = file / "README.md"
        shown = PAGES.get(file.relative_to(ROOT).as_posix()) if file.is_relative_to(ROOT) else None
        if shown and (DOCS / shown).exists():
            file = DOCS / shown
        elif shown or file.is_dir() or (file.suffix == ".md" and not file.is_relative_to(DOCS)):
            return found["text"]
        elif not file.exists():
            return found[0]
        there = Path(os.path.relpath(file, page.parent)).as_posix()
        return f"{found['image']}[{found['text']}]({there}{hash_sign}{anchor})"

    return _LINK.sub(link, text)


def with_files(text: str, page: Path) -> str:
    """The text of a page, in which each comment that names a file is replaced by its text.

    The heading of the file is left out: the page has its own.
    """

    def shown(found: re.Match[str]) -> str:
        file = ROOT / found[1]
        return relinked(file.read_text(encoding="utf-8").partition("\n")[2], file.parent, page)

    return _FILE.sub(shown, text)


def with_targets(text: str) -> str:
    """A text whose HTML anchors are targets that MyST knows, so that its links to them are checked."""
    return _ANCHOR.sub(lambda found: f"({found[1]})=", text)


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    page = Path(app.env.doc2path(name))
    text = relinked(source[0], page.parent, page)
    source[0] = with_targets(with_files(text, page)) if page.suffix == ".md" else _notebook(text)


def _notebook(text: str) -> str:
    """The text of a notebook, in whose JSON a quotation mark stands behind a backslash."""
    return re.sub(r'<a id=\\"([\w-]+)\\"></a>', r"(\1)=", text)


def _outdated(app: Sphinx, env: object, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Pages that show a file which is newer than what was built from it."""
    built: Mapping[str, float] = app.env.all_docs
    docs = {page.removesuffix(".md"): ROOT / file for file, page in PAGES.items() if (ROOT / file).exists()}
    return [name for name, file in docs.items() if name in built and file.stat().st_mtime * 1e6 > built[name]]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", _read)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Links of a folder of HTML pages: those that lead nowhere, and what the pages would load from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADS = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}


class Page(HTMLParser):
    """What a page can be linked at, and where it links to."""

    def __init__(self, path: Path):
        super().__init__()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.anchors.append(given["id"])
        for name in ("href", "src"):
            if name in given and not given.get("rel", "").startswith(("search", "preconnect")):
                (self.loads if (tag, name) in _LOADS else self.links).append(given[name])


def read_pages(folder: Path) -> dict[Path, Page]:
    """Every page below a folder, by its path, without the templates that themes keep in ``_static``."""
    found = sorted(path for path in folder.resolve().rglob("*.html") if "_static" not in path.parts)
    return {path: Page(path) for path in found}


def broken_links(pages: dict[Path, Page]) -> list[str]:
    """``page: link`` for every link to a file or an anchor that is not there; addresses are not fetched."""
    return [
        f"{path.name}: {link}"
        for path, page in pages.items()
        for link in [*page.links, *page.loads]
        if not urlsplit(link).scheme and not _is_there(path, link, pages)
    ]


def _is_there(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in pages or anchor in pages[target].anchors


def loaded_from_elsewhere(pages: dict[Path, Page]) -> list[str]:
    """``page: address`` for everything that a browser would fetch on opening a page."""
    return [
        f"{path.name}: {address}"
        for path, page in pages.items()
        for address in page.loads
        if urlsplit(address).netloc
    ]

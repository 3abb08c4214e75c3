"""The page of a watched run, and what it is told when it asks."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
from dataclasses import replace

from gradviz.report.data.compare import PageData
from gradviz.report.live.watched_run import Seen, WatchedRun
from gradviz.report.page.html_page import Page, render_page
from gradviz.report.page.template import fill_template
from gradviz.report.run.run_page import run_page

CHANGING = ("findings-heading", "heading-attributes")
"""Headings of the sections that a page takes anew; a change of anything else in its body loads it again."""

_SCRIPT = "live/live.js"
_SECTIONS = re.compile(rf'<section[^>]*aria-labelledby="(?:{"|".join(CHANGING)})".*?</section>', re.DOTALL)


class LivePages:
    """Pages of a watched run; each version is made once.

    Parameters
    ----------
    watched : WatchedRun
    """

    def __init__(self, watched: WatchedRun) -> None:
        self._watched = watched
        self._series = secrets.token_hex(4)  # versions of another server are not ours
        self._lock = threading.Lock()
        self._made: tuple[int, Page] | None = None
        self._html: tuple[Page, bytes] | None = None
        self._news: tuple[Page, str] | None = None

    def html(self) -> bytes:
        """The whole page, as UTF-8."""
        with self._lock:
            page = self._page(self._watched.look())
            if self._html is None or self._html[0] is not page:
                self._html = page, render_page(page).encode()
            return self._html[1]

    def answer(self, since: str) -> bytes:
        """What a page is told, as JSON.

        Parameters
        ----------
        since : str
            The version that the page has.

        Returns
        -------
        bytes
            Keys ``version``, ``shape``, ``status`` and ``words``; of another version also ``data``
            and ``body``, as they are in the page.
        """
        with self._lock:
            seen = self._watched.look()
            page = self._page(seen)
            head = {name: page.data[name] for name in ("version", "shape")}
            text = json.dumps({**head, "status": seen.status, "words": seen.words})
            if since != head["version"]:
                text = f"{text[:-1]},{self._new(page)}"
            return text.encode()

    def _page(self, seen: Seen) -> Page:
        if self._made is None or self._made[0] != seen.version:
            page = _waiting_page(self._watched) if seen.data is None else run_page(seen.data, live=True)
            facts = {"version": f"{self._series}-{seen.version}", "shape": shape_of(page, seen.data)}
            scripts = (*page.scripts, _SCRIPT)
            self._made = seen.version, replace(page, scripts=scripts, data={**page.data, **facts})
        return self._made[1]

    def _new(self, page: Page) -> str:
        """Data and body as the rest of a JSON object."""
        if self._news is None or self._news[0] is not page:
            found = {"data": page.data, "body": str(page.body)}
            self._news = page, json.dumps(found, allow_nan=False, separators=(",", ":"))[1:]
        return self._news[1]


def shape_of(page: Page, data: PageData | None) -> str:
    """A digest of everything that a page cannot take anew without being loaded again.

    Parameters
    ----------
    page : Page
    data : PageData or None
        What it shows.

    Returns
    -------
    str
    """
    axes = {} if data is None else {name: scale.kind for name, scale in data.scales.items()}
    lasting = [_SECTIONS.sub("", str(page.body)), sorted(page.figures), axes]
    return hashlib.sha256(json.dumps(lasting).encode()).hexdigest()[:16]


def _waiting_page(watched: WatchedRun) -> Page:
    return Page(title=watched.name, body=fill_template("live/waiting.html", title=watched.name), live=True)

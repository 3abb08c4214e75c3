"""One self-contained HTML page."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradviz.errors import GradvizError
from gradviz.recording.atomic import write_atomically

if TYPE_CHECKING:
    from bokeh.model import Model
    from markupsafe import Markup

_FOLDER = Path(__file__).parents[1]
_FRAME_SCRIPTS = (
    "page/arrays.js",
    "page/theme.js",
    "page/figures.js",
    "page/print.js",
    "page/settings.js",
    "page/player.js",
    "page/csv.js",
    "page/start.js",
)


class NoPageWriter(GradvizError, ImportError):
    """bokeh is not installed."""


@dataclass(frozen=True)
class Page:
    """What stands on a page.

    Parameters
    ----------
    title : str
        Any text; the template escapes it.
    body : Markup
        HTML of everything in the page, made by `fill_template`.  An element with ``data-figure="NAME"`` is
        where a figure is drawn.
    figures : mapping of str to bokeh.model.Model
        One of `new_figure` for each ``data-figure`` of the body.
    scripts : sequence of str
        The page's own scripts, as paths within ``gradviz/report``, in the order in which they run.  They
        hang their functions on the global object ``gradviz``.
    styles : sequence of str
        Style sheets of its own, likewise.
    data : mapping
        JSON for the scripts: ``gradviz.data``.
    live : bool
        Whether the page may ask the server that it came from.  A page that may not cannot send anything.
    """

    title: str
    body: Markup
    figures: Mapping[str, Model] = field(default_factory=dict)
    scripts: Sequence[str] = ()
    styles: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False


def require_bokeh() -> None:
    """Raise `NoPageWriter` unless bokeh is installed."""
    if importlib.util.find_spec("bokeh") is None:
        raise NoPageWriter("interactive pages need bokeh: pip install 'gradviz[html]'")


def write_page(page: Page, path: Path) -> None:
    """Write a page as one file.

    Parameters
    ----------
    page : Page
    path : Path
        In a folder that exists. An existing file is replaced, or stays as it was if the new one cannot be
        written.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_atomically(path, render_page(page).encode())


def render_page(page: Page) -> str:
    """The HTML of a page, with all its scripts and data."""
    from bokeh.core.types import ID
    from bokeh.embed import json_item

    from gradviz.report.page.template import fill_template

    with _empty_figures_allowed():
        items = {name: json_item(model, ID(name)) for name, model in page.figures.items()}
    return str(
        fill_template(
            "page/page.html",
            title=page.title,
            body=page.body,
            styles=[_source(name) for name in ("page/page.css", *page.styles)],
            bokeh=_bokeh_source(),
            scripts=[_source(name) for name in (*_FRAME_SCRIPTS[:-1], *page.scripts, _FRAME_SCRIPTS[-1])],
            figures=json_for_script(items),
            data=json_for_script(page.data),
            connect="'self'" if page.live else "'none'",
        )
    )


def _source(name: str) -> Markup:
    """A style sheet or script of this package; it holds no end tag, as a test makes sure."""
    from markupsafe import Markup

    return Markup((_FOLDER / name).read_text(encoding="utf-8"))


def _bokeh_source() -> Markup:
    import bokeh
    from markupsafe import Markup

    return Markup((Path(bokeh.__file__).parent / "server/static/js/bokeh.min.js").read_text(encoding="utf-8"))


@contextmanager
def _empty_figures_allowed() -> Iterator[None]:
    """Without bokeh's warning of figures that a script fills only in the browser."""
    from bokeh.core.validation import silence
    from bokeh.core.validation.warnings import MISSING_RENDERERS

    silence(MISSING_RENDERERS)
    try:
        yield
    finally:
        silence(MISSING_RENDERERS, False)


def json_for_script(value: Any) -> Markup:
    """JSON as ASCII that can stand within a script element: no text in it can end or change that.

    Parameters
    ----------
    value : object
        Of dicts, lists, strings, finite numbers, booleans and None.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    from markupsafe import Markup

    text = json.dumps(value, allow_nan=False, separators=(",", ":"))  # ASCII, so U+2028 is escaped too
    return Markup(text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e"))

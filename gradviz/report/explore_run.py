"""The page of runs inside a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping

import xarray as xr

from gradviz.report.data.compare import page_data
from gradviz.report.page.html_page import render_page, require_bokeh
from gradviz.report.run.run_page import run_page


class PageView:
    """A page that a notebook shows inline.

    Parameters
    ----------
    page : str
        HTML of the whole page.
    names : sequence of str
        Of its runs.
    height : int
        In CSS pixels.
    """

    def __init__(self, page: str, *, names: list[str], height: int) -> None:
        self._page, self._names, self._height = page, names, height

    def __repr__(self) -> str:
        size = len(self._page.encode()) / 1e6
        return f"<page of {', '.join(self._names) or 'no run'}: {size:.1f} MB; a notebook shows it>"

    def _repr_html_(self) -> str:
        title = html.escape(f"Page of {', '.join(self._names)}")
        return (
            f'<iframe title="{title}" srcdoc="{html.escape(self._page)}" '
            f'style="width: 100%; height: {self._height}px; border: 0"></iframe>'
        )


def explore_run(
    runs: xr.DataTree | Mapping[str, xr.DataTree], *, height: int = 900, page_bytes: int = 3_000_000
) -> PageView:
    """The interactive page of one or several runs, inline in a notebook.

    ``gradviz report RUN`` writes the same page as a file.

    Parameters
    ----------
    runs : DataTree, or mapping of str to DataTree
        Recordings as `gradviz.load` or ``tape.tree`` gives them, several by their names.
    height : int
        Of the page in the notebook, in CSS pixels.
    page_bytes : int
        What the data of all runs may take. What does not fit is coarsened, and the page says so.

    Returns
    -------
    PageView
        Shown if it is the last value of a notebook's cell.

    Raises
    ------
    TypeError
        If this is not a recording.
    NoPageWriter
        If bokeh is not installed.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> gv.explore_run(tree)
    <page of LSTM: 1... MB; a notebook shows it>
    """
    require_bokeh()
    given = dict(runs) if isinstance(runs, Mapping) and not isinstance(runs, xr.DataTree) else {"": runs}
    for name, tree in given.items():
        if not isinstance(tree, xr.DataTree):
            which = f" of {name!r}" if name else ""
            raise TypeError(
                f"the recording{which} is a {type(tree).__name__}; give a DataTree, as gv.load does"
            )
    data = page_data(given, page_bytes=page_bytes)
    return PageView(render_page(run_page(data)), names=[run.name for run in data.runs], height=height)

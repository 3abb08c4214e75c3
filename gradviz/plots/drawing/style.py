"""The three styles, light and dark, each in force only inside a ``with`` block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl

from gradviz.arguments import check_one_of
from gradviz.plots.drawing.palette import INK_DARK, INK_LIGHT, PAPER_DARK, PAPER_LIGHT

STYLES = ("slides", "paper", "notebook")

_FOLDER = Path(__file__).parent / "styles"  # sizes and fonts; the colours come from the palette

_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_BACKGROUNDS = ("figure.facecolor", "axes.facecolor")


@contextmanager
def use_style(name: str = "notebook", *, dark: bool = False) -> Iterator[None]:
    """Draw in one of the package's styles until the end of the block.

    Parameters
    ----------
    name : {"slides", "paper", "notebook"}
        Slides are 13.33 x 7.5 inches with 18 pt text, paper is 7.0 inches wide with 8 pt, and a notebook
        is in between.
    dark : bool
        Light ink on a dark background.

    Yields
    ------
    None
        Matplotlib's settings are restored when the block ends, also after an exception.

    Raises
    ------
    UnknownName
        If there is no such style.

    Examples
    --------
    >>> import gradviz as gv
    >>> from torch import nn
    >>> tree = gv.probe(nn.LSTM(2, 4, batch_first=True), length=20)
    >>> with gv.use_style("slides", dark=True):
    ...     figure = gv.plot_gradient_norms(tree).get_figure()
    >>> figure.get_size_inches().tolist(), figure.get_facecolor()[:3] == (1, 1, 1)
    ([13.33, 7.5], False)
    """
    check_one_of("style", name, STYLES)
    ink, paper = (INK_DARK, PAPER_DARK) if dark else (INK_LIGHT, PAPER_LIGHT)
    colours: Any = {**dict.fromkeys(_INKED, ink), **dict.fromkeys(_BACKGROUNDS, paper)}
    with mpl.rc_context(fname=str(_FOLDER / f"{name}.mplstyle"), rc=colours):
        yield

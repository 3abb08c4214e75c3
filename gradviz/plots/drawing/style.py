"""The three looks, each in force only inside a ``with`` block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl

from gradviz.arguments import check_one_of
from gradviz.plots.drawing.palette import INK_DARK, PAPER_DARK

STYLES = ("slides", "paper", "notebook")

_FOLDER = Path(__file__).parent / "styles"

_DARK: Any = {
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK_DARK
    ),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor"), PAPER_DARK),
}


@contextmanager
def use_style(name: str = "notebook", *, dark: bool = False) -> Iterator[None]:
    """Draw in one of the package's looks until the end of the block.

    Parameters
    ----------
    name : {"slides", "paper", "notebook"}
        Slides are 13.33 x 7.5 inch with 18 pt text, paper is 7.0 inch wide with 8 pt, notebook between.
    dark : bool
        Light ink on a dark background.

    Yields
    ------
    None
        Matplotlib's settings are as they were when the block ends, however it ends.

    Raises
    ------
    UnknownName
        If there is no such style.
    """
    check_one_of("style", name, STYLES)
    with mpl.rc_context(fname=str(_FOLDER / f"{name}.mplstyle"), rc=_DARK if dark else None):
        yield

"""Draw a figure for a slide: without its title, which is that of the slide, and in double resolution."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gradviz.gallery.caption import Caption
from gradviz.gallery.make import Look
from gradviz.gallery.save_figure import save_figure
from gradviz.gallery.translate import translate
from gradviz.plots.drawing.style import use_style

WIDTH, HEIGHT = 13.333, 7.5  # of a slide, in inches
TITLE_HEIGHT = 1.0  # the rest of the height is for the picture


def slide_picture(
    draw: Callable[[], Figure], folder: Path, name: str, *, look: Look, caption: Caption
) -> Path:
    """Draw a figure, and write it as PNG and as SVG.

    Parameters
    ----------
    draw : callable
        Returns the figure, in the style in force.
    folder : Path
        Created if it is missing.
    name : str
        Name of the files, without extension.
    look : Look
        Its style and whether it is dark count.
    caption : Caption

    Returns
    -------
    Path
        The PNG.
    """
    with use_style(look.style, dark=look.dark):
        settings: Any = {"savefig.dpi": 2 * float(mpl.rcParams["figure.dpi"])}
        if look.style == "slides":
            settings["figure.figsize"] = (WIDTH, HEIGHT - TITLE_HEIGHT)
        with mpl.rc_context(settings):
            figure = draw()
            _without_title(figure)
            translate(figure)
            picture, _ = save_figure(figure, folder, name, formats=("png", "svg"), caption=caption)
            plt.close(figure)
    return picture


def _without_title(figure: Figure) -> None:
    """Remove the claim, which is the title of the slide; the layout takes its room."""
    title = figure._suptitle  # type: ignore[attr-defined]
    if title is not None:
        title.set_in_layout(False)
        title.set_visible(False)

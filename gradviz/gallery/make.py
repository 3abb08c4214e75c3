"""Make a figure: run its experiment and write its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.gallery_figure import gallery_figure
from gradviz.gallery.save_figure import save_figure
from gradviz.plots.drawing.style import use_style
from gradviz.recording.atomic import write_atomically


@dataclass(frozen=True)
class Look:
    """How figures are written.

    Parameters
    ----------
    style : {"slides", "paper", "notebook"}
    dark : bool
        Light ink on a dark background.
    formats : tuple of {"png", "svg", "pdf"}
    data : bool
        Also write the numbers, as a CSV file beside the picture.
    """

    style: str = "slides"
    dark: bool = False
    formats: tuple[str, ...] = ("png",)
    data: bool = False


@dataclass(frozen=True)
class Made:
    """A figure that was written.

    Parameters
    ----------
    name : str
    caption : Caption
    paths : tuple of Path
        Pictures in the order of the formats, then the CSV if there is one.
    """

    name: str
    caption: Caption
    paths: tuple[Path, ...]


def make_figure(name: str, folder: Path, *, cache: Cache, look: Look) -> Made:
    """Run a figure's experiment, unless it is in the cache, and write the figure.

    Parameters
    ----------
    name : str
        A key of ``figure_table.FIGURES``.
    folder : Path
        Created if it is missing; files with the same names are replaced.
    cache : Cache
    look : Look

    Returns
    -------
    Made

    Raises
    ------
    UnknownName
        If there is no such figure, style or format.
    """
    module = gallery_figure(name)
    data = module.experiment(cache)
    caption = module.caption(data)
    mpl.use("agg")
    with use_style(look.style, dark=look.dark):
        figure = module.compose(data)
        paths = save_figure(figure, folder, name, formats=look.formats, caption=caption)
        plt.close(figure)
    if look.data:
        paths.append(folder / f"{name}.csv")
        table = module.numbers(data).to_csv(index=False, float_format="%.6g", lineterminator="\n")
        write_atomically(paths[-1], table.encode())
    return Made(name, caption, tuple(paths))

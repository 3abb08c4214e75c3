"""Draw the pictures of all results: one for each paper, and one that sums them up."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gradviz.gallery.caption import Caption
from gradviz.gallery.save_figure import save_figure
from gradviz.plots.drawing.style import use_style
from gradviz.recording.atomic import write_atomically
from gradviz.reproductions.paper_picture import caption_of, draw_paper, has_picture
from gradviz.reproductions.result_file import ReproductionResult
from gradviz.reproductions.summary_picture import SUMMARY, draw_summary, has_summary, summary_caption

_SIZE = (8.4, 3.7)  # inches
_SUMMARY_SIZE = (8.4, 2.9)
_PATH, _DECIMALS = re.compile(rb' d="[^"]{300,}"'), re.compile(rb"(\.\d)\d+")
_INDENT = re.compile(rb"\n +")


def draw_figures(results: Sequence[ReproductionResult], folder: Path) -> list[Path]:
    """Draw the summary and a picture of each paper, as SVG.

    Parameters
    ----------
    results : sequence of ReproductionResult
    folder : Path
        Created if it is missing. An earlier picture stays until the new one is complete.

    Returns
    -------
    list of Path
        The summary first; a paper without curves and without measured numbers has none.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    mpl.use("agg")
    paths = []
    if has_summary(results):
        drawn = partial(draw_summary, results)
        paths.append(_save(drawn, summary_caption(results), folder, SUMMARY, _SUMMARY_SIZE))
    for result in results:
        if has_picture(result):
            paths.append(_save(partial(draw_paper, result), caption_of(result), folder, result.name, _SIZE))
    return paths


def _save(
    draw: Callable[[], Figure], caption: Caption, folder: Path, name: str, size: tuple[float, float]
) -> Path:
    with use_style("paper"), mpl.rc_context({"figure.figsize": size}):
        figure = draw()
        (path,) = save_figure(figure, folder, name, formats=("svg",), caption=caption, text_as_text=True)
        plt.close(figure)
    write_atomically(path, _without_indents(path.read_bytes()))
    return path


def _without_indents(svg: bytes) -> bytes:
    """An SVG without the spaces before its lines, and with paths on one line and with one decimal."""
    shorter = _PATH.sub(lambda path: _DECIMALS.sub(rb"\1", b" " + b" ".join(path[0].split())), svg)
    return _INDENT.sub(b"\n", shorter)

"""Write a figure to disk, with the same bytes every time."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gradviz.arguments import check_one_of
from gradviz.gallery.caption import Caption
from gradviz.recording.atomic import write_atomically

FORMATS = ("png", "svg", "pdf")

_SEEN = 8  # of 255: a change of a colour that may be seen
_MOST_SEEN = 1e-3  # of the pixels

_PATH, _DECIMALS = re.compile(rb' d="[^"]*"'), re.compile(rb"(\.\d{3})\d+")


def save_figure(
    figure: Figure,
    folder: Path,
    name: str,
    *,
    formats: Sequence[str],
    caption: Caption,
    transparent: bool = False,
    text_as_text: bool = False,
) -> list[Path]:
    """Write a figure in one or more formats; the files contain neither the date nor the machine.

    Parameters
    ----------
    figure : Figure
    folder : Path
        Created if it is missing.
    name : str
        Name of the files, without extension.
    formats : sequence of {"png", "svg", "pdf"}
    caption : Caption
        Its claim and alt text are stored in the files.
    transparent : bool
        No background.
    text_as_text : bool
        Keep the text in SVG and PDF as text, in fonts that the reader must have (SVG) or that are embedded
        (PDF). Otherwise text in an SVG is drawn as outlines, so that it looks the same everywhere.

    Returns
    -------
    list of Path
        In the order of `formats`.

    Raises
    ------
    UnknownName
        If a format is unknown; then nothing is written.
    """
    for ending in formats:
        check_one_of("format", ending, FORMATS)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.{ending}" for ending in formats]
    for path, ending in zip(paths, formats, strict=True):
        if ending == "png":
            _save_png(figure, path, caption, transparent=transparent)
            continue
        fonts: Any = {
            "svg.fonttype": "none" if text_as_text else "path",
            "pdf.fonttype": 42 if text_as_text else 3,
        }
        with mpl.rc_context({"svg.hashsalt": name, **fonts}):
            words = _metadata(ending, caption)
            drawn = io.BytesIO()
            figure.savefig(drawn, format=ending, metadata=words, transparent=transparent)
        whole = _rounded(drawn.getvalue()) if ending == "svg" else drawn.getvalue()
        write_atomically(path, whole)
    return paths


def _rounded(svg: bytes) -> bytes:
    """The paths of an SVG with three decimals, a thousandth of a point; a quarter of the file is saved."""
    return _PATH.sub(lambda path: _DECIMALS.sub(rb"\1", path[0]), svg)


def _save_png(figure: Figure, path: Path, caption: Caption, *, transparent: bool) -> None:
    """Write a PNG, with a palette where that changes nothing that can be seen."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", transparent=transparent)
    words = PngInfo()
    words.add_itxt("Title", caption.claim)
    words.add_itxt("Description", caption.alt)
    with Image.open(drawn) as picture:
        whole = io.BytesIO()
        kept = picture.convert("RGBA") if transparent else _with_few_colours(picture.convert("RGB"))
        kept.save(whole, format="png", optimize=True, pnginfo=words, dpi=picture.info["dpi"])
    write_atomically(path, whole.getbuffer())


def _with_few_colours(picture: Image.Image) -> Image.Image:
    """A picture with a palette of 256 colours, a third of the file; itself if too many pixels would change.

    Lines and text have few colours. Heatmaps have more shades than a palette holds, and stay as they are.
    """
    few = picture.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    change = np.abs(np.asarray(few.convert("RGB"), np.int16) - np.asarray(picture, np.int16)).max(-1)
    return few if np.mean(change > _SEEN) <= _MOST_SEEN else picture


def _metadata(ending: str, caption: Caption) -> dict[str, Any]:
    """Metadata of a vector file in the given format, without a date."""
    return {
        "svg": {"Title": caption.claim, "Description": caption.alt, "Date": None, "Creator": None},
        "pdf": {"Title": caption.claim, "Subject": caption.alt, "CreationDate": None},
    }[ending]

"""Write a figure to disk, with the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gradviz.arguments import check_one_of
from gradviz.gallery.caption import Caption
from gradviz.plots.drawing.write_figure import write_figure
from gradviz.recording.atomic import write_atomically

FORMATS = ("png", "svg", "pdf")


def save_figure(
    figure: Figure, folder: Path, name: str, *, formats: Sequence[str], caption: Caption
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

    Returns
    -------
    list of Path
        In the order of `formats`. Text in an SVG is drawn as outlines, so that it looks the same where the
        font is not installed.

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
            _save_png(figure, path, caption)
            continue
        with mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
            write_figure(figure, path, format=ending, metadata=_metadata(ending, caption))
    return paths


def _save_png(figure: Figure, path: Path, caption: Caption) -> None:
    """Write a PNG without transparency, compressed to a tenth less than matplotlib's own size."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    words = PngInfo()
    words.add_itxt("Title", caption.claim)
    words.add_itxt("Description", caption.alt)
    with Image.open(drawn) as picture:
        whole = io.BytesIO()
        picture.convert("RGB").save(
            whole, format="png", optimize=True, pnginfo=words, dpi=picture.info["dpi"]
        )
    write_atomically(path, whole.getbuffer())


def _metadata(ending: str, caption: Caption) -> dict[str, Any]:
    """Metadata of a vector file in the given format, without a date."""
    return {
        "svg": {"Title": caption.claim, "Description": caption.alt, "Date": None, "Creator": None},
        "pdf": {"Title": caption.claim, "Subject": caption.alt, "CreationDate": None},
    }[ending]

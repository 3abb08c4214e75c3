"""Write a picture to disk as a whole: under its name there never is half of one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from gradviz.recording.atomic import write_atomically


def write_figure(figure: Figure, path: Path, **options: Any) -> None:
    """Write a figure; an earlier file stays until the new one is complete.

    Parameters
    ----------
    figure : Figure
    path : Path
        In a folder that exists; its ending is the format.
    **options
        As ``Figure.savefig`` takes them.

    Raises
    ------
    OSError
        If it cannot be written.
    ValueError
        If matplotlib does not know the format.
    """
    drawn = io.BytesIO()
    figure.savefig(drawn, **{"format": path.suffix[1:] or None, **options})
    write_atomically(path, drawn.getbuffer())

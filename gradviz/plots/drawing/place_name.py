"""Which of several modules and directions a plot shows."""

from __future__ import annotations

import xarray as xr

from gradviz.plots.drawing.plain_text import plain_text
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import DIRECTION


def place_name(data: xr.Dataset | xr.DataTree, shown: xr.Dataset, module: str | None = None) -> str:
    """The module and the direction that a plot shows, if the recording has several.

    Parameters
    ----------
    data : Dataset or DataTree
        The whole recording.
    shown : Dataset
        The part that is drawn, as `select_series` returns it.
    module : str, optional
        As the plot was given it.

    Returns
    -------
    str
        For example "decoder, reverse"; empty if there is one module with one direction.
    """
    several = isinstance(data, xr.DataTree) and len(module_names(data)) > 1
    whole = select_module(data, module=module)
    directed = DIRECTION in whole.dims and whole.sizes[DIRECTION] > 1 and DIRECTION in shown.coords
    parts = [str(module)] * several + [str(shown[DIRECTION].values)] * directed
    return plain_text(", ".join(parts))


def titled(title: str, place: str) -> str:
    """A title, and below it the place that is shown, if there is one."""
    return "\n".join(filter(None, [title, place]))

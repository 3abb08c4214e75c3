"""The four functions of a lecture figure: its experiment, picture, caption and numbers."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Protocol, cast

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.arguments import check_one_of
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption
from gradviz.gallery.figure_table import FIGURES

Data = Mapping[str, xr.DataTree]


class GalleryFigure(Protocol):
    """A lecture figure: any module with these four functions."""

    def experiment(self, cache: Cache) -> Data:
        """The data to draw, by label; taken from the cache or computed now."""

    def compose(self, data: Data) -> Figure:
        """The picture, in the current style."""

    def caption(self, data: Data) -> Caption:
        """The caption, with numbers from the data."""

    def numbers(self, data: Data) -> pd.DataFrame:
        """The drawn values as a tidy table, one row per value."""


def gallery_figure(name: str) -> GalleryFigure:
    """The lecture figure with a given name.

    Raises
    ------
    UnknownName
        If the gallery has no figure of that name.
    """
    check_one_of("figure", name, FIGURES)
    return cast("GalleryFigure", importlib.import_module(FIGURES[name]))

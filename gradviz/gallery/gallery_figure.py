"""What a module of the gallery offers: its experiment, its picture, its caption, its numbers."""

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
    """One lecture figure; a module with these four functions is one."""

    def experiment(self, cache: Cache) -> Data:
        """What is drawn, by label: found in the cache, or measured now."""

    def compose(self, data: Data) -> Figure:
        """The picture, in the style in force."""

    def caption(self, data: Data) -> Caption:
        """The words, with numbers from the data."""

    def numbers(self, data: Data) -> pd.DataFrame:
        """What is drawn as a tidy table: one row a value."""


def gallery_figure(name: str) -> GalleryFigure:
    """The figure of that name.

    Raises
    ------
    UnknownName
        If the gallery has none.
    """
    check_one_of("figure", name, FIGURES)
    return cast("GalleryFigure", importlib.import_module(FIGURES[name]))

"""The functions of a lecture figure: its settings, experiment, claims, picture, caption and numbers."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradviz.arguments import check_one_of
from gradviz.gallery.cache import Cache
from gradviz.gallery.caption import Caption, Notes
from gradviz.gallery.claim import Claim
from gradviz.gallery.figure_table import FIGURES

Data = Mapping[str, xr.DataTree]


class GalleryFigure(Protocol):
    """A lecture figure: any module with these names.

    Every word of it is in ``texts/NAME.toml``, in each language.
    """

    @property
    def Settings(self) -> type[Any]:
        """A frozen dataclass of plain values: sizes, steps, seeds. Its defaults are those of the gallery."""

    def experiment(self, cache: Cache, settings: Any) -> Data:
        """The data to draw, by label; taken from the cache or computed now."""

    def claims(self, data: Data, settings: Any) -> Sequence[Claim]:
        """What the data show; the first claim is the title.

        Raises `ClaimRefused` if the data fit no outcome that there are words for.
        """

    def compose(self, data: Data, settings: Any) -> Figure:
        """The picture, in the current style and language."""

    def caption(self, data: Data, settings: Any) -> Caption:
        """The caption, with numbers from the data, in the current language."""

    def notes(self, data: Data, settings: Any) -> Notes:
        """What to say about the picture, in the current language."""

    def numbers(self, data: Data, settings: Any) -> pd.DataFrame:
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

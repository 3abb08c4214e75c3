"""A keeper that a tape may use but not close."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from gradviz.recording.call_record import Moment
from gradviz.recording.sink import Keeper


class Lent:
    """Passes everything on to a keeper but the end: its owner closes it.

    Parameters
    ----------
    keeper : Keeper
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def add(self, moment: Moment) -> None:
        """Take a moment."""
        self._keeper.add(moment)

    def add_metrics(self, iteration: int, values: Mapping[str, object]) -> None:
        """Take the metrics of an iteration."""
        self._keeper.add_metrics(iteration, values)

    def tree(self) -> xr.DataTree:
        """The recording so far."""
        return self._keeper.tree()

    def close(self) -> None:
        """Nothing: what was lent stays open."""

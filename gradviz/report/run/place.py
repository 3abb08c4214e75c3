"""The places of a page: every module, layer and direction that any of its runs has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradviz.report.data.run_data import RunData

_LONGEST = 80  # letters of a module's name


class Place(NamedTuple):
    """One module, layer and direction."""

    module: str
    layer: int
    direction: str

    @property
    def label(self) -> str:
        """Its name on the page."""
        way = "" if self.direction == "forward" else ", backwards in time"
        module = self.module if len(self.module) <= _LONGEST else f"{self.module[: _LONGEST - 1]}…"
        return f"{module or 'model'}, layer {self.layer}{way}"


def places_of(runs: Sequence[RunData]) -> list[Place]:
    """Every place, in the order in which the runs name them.

    Parameters
    ----------
    runs : sequence of RunData

    Returns
    -------
    list of Place
        Without repetition.
    """
    found = [Place(each.module, each.layer, each.direction) for run in runs for each in run.places]
    return list(dict.fromkeys(found))

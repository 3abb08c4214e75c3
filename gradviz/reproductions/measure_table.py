"""The measures of a finished run that ``[reproduction].measured`` may name."""

from __future__ import annotations

import importlib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol, cast

from gradviz.errors import unknown_name

MEASURED = {
    "lyapunov": "gradviz.reproductions.measured.lyapunov",
    "saturation": "gradviz.reproductions.measured.saturation",
    "cost": "gradviz.reproductions.measured.cost",
    "across_sequence": "gradviz.reproductions.measured.across_sequence",
    "across_delay": "gradviz.reproductions.measured.across_delay",
    "recurrent_radius": "gradviz.reproductions.measured.recurrent_radius",
    "steepest": "gradviz.reproductions.measured.steepest",
}


class Measure(Protocol):
    """A measure: any module with these names."""

    @property
    def NAMES(self) -> tuple[str, ...]:
        """What it may return; a name that ends with ``*`` stands for all that begin so."""

    @property
    def __file__(self) -> str | None:
        """Its source."""

    def measure(self, folder: Path) -> dict[str, float]:
        """The numbers of the finished run in a folder, by name."""


def measure_of(name: str) -> Measure:
    """The measure with a given name.

    Raises
    ------
    UnknownName
        If there is none of that name.
    """
    if name not in MEASURED:
        raise unknown_name("measure", name, MEASURED)
    return cast("Measure", importlib.import_module(MEASURED[name]))


def gives(measure: Measure, number: str) -> bool:
    """Whether a measure may return a number of this name."""
    return any(fnmatchcase(number, known) for known in measure.NAMES)

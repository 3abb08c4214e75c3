"""An experiment's file with its overrides: one run, or the points of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradviz.experiment.config.overrides import override
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.toml import read_toml

SWEEP = "sweep"


@dataclass(frozen=True)
class ExperimentFile:
    """The tables of a file and what was changed in them, not examined yet.

    Attributes
    ----------
    path : Path
    settings : tuple of str
        The overrides, as given.
    table : dict
        Without ``[sweep]``.
    sweep : object
        What stands under ``sweep``; None where there is none.
    """

    path: Path
    settings: tuple[str, ...]
    table: dict[str, Any]
    sweep: Any

    def place(self, dotted: str) -> str:
        """Where a value came from: the last override of it, or the file."""
        for setting in reversed(self.settings):
            key = setting.partition("=")[0].strip()
            if dotted == key or dotted.startswith((f"{key}.", f"{key}[")):
                return f"-s {setting}"
        return str(self.path)


def read_file(path: Path, settings: Sequence[str] = ()) -> ExperimentFile:
    """A file's tables with overrides in place, not examined yet.

    Raises
    ------
    FileNotFoundError, BadExperiment
        When the file cannot be read or an override has no place to go.
    """
    table = override(read_toml(path), settings)
    sweep = table.pop(SWEEP, None)
    return ExperimentFile(path, tuple(settings), table, sweep)


def read_experiment(path: Path, settings: Sequence[str] = ()) -> Experiment:
    """The one run that a file describes, its sweep left aside.

    Raises
    ------
    FileNotFoundError, BadExperiment
        When the file cannot be read, or with all that is wrong in it.
    """
    file = read_file(path, settings)
    return resolve(file.table, file.place)

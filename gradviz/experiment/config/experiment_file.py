"""An experiment's file with its overrides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradviz.experiment.config.overrides import override
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.toml import STANDARD_INPUT, read_toml, shown_path

SWEEP = "sweep"


@dataclass(frozen=True)
class ExperimentFile:
    """The tables of a file with overrides applied, not checked yet.

    Attributes
    ----------
    path : Path
        ``-`` for standard input.
    settings : tuple of str
        The overrides, as given.
    table : dict
        All tables except ``[sweep]``.
    sweep : object
        The value of ``sweep``; None if the file has none.
    option : str
        What the overrides are called where they are given.
    """

    path: Path
    settings: tuple[str, ...]
    table: dict[str, Any]
    sweep: Any
    option: str = "-s"

    @property
    def folder(self) -> Path:
        """What the paths of one's own code in the file are relative to."""
        return Path() if str(self.path) == STANDARD_INPUT else self.path.parent

    def place(self, dotted: str) -> str:
        """Where a value comes from: its last override, or the file."""
        setting = self.setting_of(dotted)
        return shown_path(self.path) if setting is None else f"{self.option} {setting}"

    def setting_of(self, dotted: str) -> str | None:
        """The last override that a value comes from; None if it is the file's."""
        for setting in reversed(self.settings):
            key = setting.partition("=")[0].strip()
            if dotted == key or dotted.startswith((f"{key}.", f"{key}[")):
                return setting
        return None


def read_file(path: Path, settings: Sequence[str] = ()) -> ExperimentFile:
    """The tables of a file with overrides applied, not checked yet.

    Raises
    ------
    FileNotFoundError, BadExperiment
        If the file cannot be read or an override cannot be applied.
    """
    table = override(read_toml(path), settings)
    sweep = table.pop(SWEEP, None)
    return ExperimentFile(path, tuple(settings), table, sweep)


def read_experiment(path: Path, settings: Sequence[str] = ()) -> Experiment:
    """The single run that a file describes; its ``[sweep]`` is ignored.

    Raises
    ------
    FileNotFoundError, BadExperiment
        If the file cannot be read, or has mistakes; the message names all of them.
    """
    file = read_file(path, settings)
    return resolve(file.table, file.place, folder=file.folder)

"""An experiment's file with its overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradviz.experiment.config.overrides import override
from gradviz.experiment.config.reproduction_schema import REPRODUCTION, read_reproduction
from gradviz.experiment.config.resolve import examine
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.shipped_experiments import file_of
from gradviz.experiment.config.toml import STANDARD_INPUT, read_toml, shown_path
from gradviz.experiment.config.toml_values import by_dotted_key
from gradviz.experiment.config.validation import Mistake, bad_experiment

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
        All tables except ``[sweep]`` and ``[reproduction]``.
    sweep : object
        The value of ``sweep``; None if the file has none.
    option : str
        What the overrides are called where they are given.
    reproduction : object
        The value of ``reproduction``; None if the file has none.
    """

    path: Path
    settings: tuple[str, ...]
    table: dict[str, Any]
    sweep: Any
    option: str = "-s"
    reproduction: Any = None

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
    """The tables of a file with overrides applied, not checked yet; also of a shipped one, by its name.

    Raises
    ------
    FileNotFoundError, BadExperiment
        If the file cannot be read or an override cannot be applied.
    """
    path = file_of(path)
    table = override(read_toml(path), settings)
    sweep, reproduction = table.pop(SWEEP, None), table.pop(REPRODUCTION, None)
    file = ExperimentFile(path, tuple(settings), table, sweep, reproduction=reproduction)
    read_reproduction(reproduction, file.place)
    return file


def read_experiment(path: Path, settings: Sequence[str] = ()) -> Experiment:
    """The single run that a file describes; its ``[sweep]`` is ignored.

    Raises
    ------
    FileNotFoundError, BadExperiment
        If the file cannot be read, or has mistakes; the message names all of them.
    """
    return single_run(read_file(path, settings))


def single_run(file: ExperimentFile) -> Experiment:
    """The single run of a file without its sweep.

    Raises
    ------
    BadExperiment
        If it has mistakes; of a key that is missing and swept the message says so.
    """
    found = examine(file.table, file.folder)
    if isinstance(found, Experiment):
        return found
    swept = _keys(file.sweep)
    hint = (
        f", and under [{SWEEP}] there are several: gradviz sweep runs them all, -s {{key}}=VALUE chooses one"
    )
    mistakes = [
        Mistake(one.path, one.message + hint.format(key=key))
        if one.message.startswith(": missing") and (key := _swept_at(one.path, swept))
        else one
        for one in found
    ]
    raise bad_experiment(mistakes, file.place)


def _keys(sweep: object) -> list[str]:
    return list(by_dotted_key(sweep)) if isinstance(sweep, Mapping) else []


def _swept_at(path: str, swept: Sequence[str]) -> str:
    """The swept key that gives a value to this path; empty if there is none."""
    return next((key for key in swept if f"{path}.".startswith(f"{key}.") or key.startswith(f"{path}.")), "")

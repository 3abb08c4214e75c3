"""An experiment given from Python: a dict, in which tasks, functions and classes may be, as a TOML table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from gradviz.experiment.config.experiment_file import SWEEP, ExperimentFile
from gradviz.experiment.config.overrides import set_value, split_key
from gradviz.experiment.config.own.own_parts import PARTS
from gradviz.experiment.config.reproduction_schema import REPRODUCTION, read_reproduction
from gradviz.experiment.config.toml import read_toml
from gradviz.experiment.config.validation import BadExperiment
from gradviz.experiment.given_objects import given_model, given_task, reference_to
from gradviz.experiment.own_code.reference import BadSource, is_reference

_CONFIG = Path("config")  # how messages call what is given as a dict
_WHOLE = {"task": given_task, "model": given_model}  # top-level keys that may be one thing


def python_file(config: Any, settings: Mapping[str, Any] | None) -> ExperimentFile:
    """A configuration as if it had been read from a file.

    Parameters
    ----------
    config : path-like or mapping
        The path of a TOML file, or its tables.
    settings : mapping or None
        Values by dotted key, which replace those of the configuration.

    Returns
    -------
    ExperimentFile
        Without any object that a file cannot hold.

    Raises
    ------
    FileNotFoundError, BadExperiment, TypeError
        If the file cannot be read, the source of an object cannot be had, or the configuration is neither.
    """
    if isinstance(config, Mapping):
        path, table = _CONFIG, _plain(config)
    elif isinstance(config, str | PurePath):
        path = Path(config)
        table = read_toml(path)
    else:
        raise TypeError(f"config is a {type(config).__name__}; it must be the path of a TOML file, or a dict")
    complaints: list[str] = []
    for key, value in (settings or {}).items():
        try:
            set_value(table, split_key(key), _plain(value))
        except ValueError as error:
            complaints.append(f"settings: {key}: {error}")
    table = _without_objects(table, str(path), complaints)
    if complaints:
        raise BadExperiment("\n".join(complaints))
    sweep, reproduction = table.pop(SWEEP, None), table.pop(REPRODUCTION, None)
    given = tuple(f"{key}={_shown(value)}" for key, value in (settings or {}).items())
    file = ExperimentFile(path, given, table, sweep, option="settings", reproduction=reproduction)
    read_reproduction(reproduction, file.place)
    return file


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)


def _plain(value: Any) -> Any:
    """A value with dicts and lists as TOML has them, in place of tuples and arrays; objects as they are."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | range):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, PurePath) else value


def _without_objects(table: Mapping[str, Any], place: str, complaints: list[str]) -> dict[str, Any]:
    changed = dict(table)
    for part, key in PARTS:
        if part in changed:
            changed[part] = _changed(part, key, changed[part], f"{place}: {part}", complaints)
    sweep = changed.get(SWEEP)
    if isinstance(sweep, Mapping):
        changed[SWEEP] = {key: _axis(key, axis, place, complaints) for key, axis in sweep.items()}
    return changed


def _changed(part: str, key: str, value: Any, place: str, complaints: list[str]) -> Any:
    """The value of a top-level key, without the object at one of its keys."""
    try:
        if isinstance(value, Mapping):
            return {**value, key: reference_to(value[key])} if key in value else value
        return _WHOLE[part](value) if part in _WHOLE else value
    except BadSource as error:
        complaints.append(f"{place}: {error}")
        return value


def _axis(dotted: str, axis: Any, place: str, complaints: list[str]) -> Any:
    """The values of a swept key; a table is a dotted key without quotes."""
    if isinstance(axis, Mapping):
        return {key: _axis(f"{dotted}.{key}", one, place, complaints) for key, one in axis.items()}
    if not isinstance(axis, list):
        return axis
    at = f"{place}: {SWEEP}.{dotted}"
    for part, key in PARTS:
        if dotted == part:
            tables = [_changed(part, key, value, at, complaints) for value in axis]
            return [_short(key, one) for one in tables]
        if dotted == f"{part}.{key}":
            return [_changed(part, key, {key: value}, at, complaints).get(key) for value in axis]
    return axis


def _short(key: str, table: Any) -> Any:
    """A reference in place of a table that holds nothing else, as a label for the points."""
    only = isinstance(table, Mapping) and list(table) == [key]
    return table[key] if only and is_reference(table[key]) else table

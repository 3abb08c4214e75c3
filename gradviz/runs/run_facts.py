"""What the files of a run say beside its recording: its configuration, and how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradviz.recording.file_names import RECORDING, holds_recording
from gradviz.recording.metrics import variable_attributes
from gradviz.recording.provenance import FORMAT_ATTRIBUTE
from gradviz.runs.parse_toml import TOMLDecodeError, parse
from gradviz.runs.run_files import CONFIG, DAMAGED, EMPTY, OUTCOME, RECORDED, RESULT, UNFINISHED
from gradviz.vocabulary import CONFIG as CONFIG_ATTRIBUTE
from gradviz.vocabulary import TEXT

_NOT_CONFIGURATION = {CONFIG_ATTRIBUTE, TEXT, FORMAT_ATTRIBUTE, "gradviz", "torch", "python", "git_commit"}
_CLAIMS = "expect"  # the table of an experiment's claims, which are no settings

STEPS, SECONDS, AS_EXPECTED, FINAL = "steps_trained", "seconds", "as_expected", "final_"


def configuration(path: Path, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The resolved configuration of a run, with dotted keys.

    Parameters
    ----------
    path : Path
        A run's folder, or a recording's file.
    attributes : mapping
        Of the root of the recording; empty if there is none. Those that the recording does not set itself,
        such as the metadata given to ``gv.storage``, count as configuration, and so does the ``config`` in
        them if there is no ``config.toml``.

    Returns
    -------
    dict of str to number, bool or str
        Lists as JSON.

    Raises
    ------
    ValueError
        If the file is damaged.
    OSError
        If it cannot be read.
    """
    file = path / CONFIG
    if file.is_file():
        try:
            table: object = parse(file.read_text(encoding="utf-8"))
        except (TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(f"{file} is damaged ({error})") from error
    else:
        table = _from_json(attributes.get(CONFIG_ATTRIBUTE))
    given = {str(name): _plain(value) for name, value in attributes.items() if name not in _NOT_CONFIGURATION}
    return {**given, **(_flat(table) if isinstance(table, Mapping) else {})}


def result(path: Path) -> dict[str, Any]:
    """How a run ended: its outcome, and numbers by name.

    Parameters
    ----------
    path : Path
        A run's folder, or a recording's file.

    Returns
    -------
    dict of str to float or str
        Only an outcome if there is no ``result.json``: ``"recorded"`` for a recording that was closed and is
        not of an experiment, ``"empty"`` for a folder without any recording or configuration, else
        ``"unfinished"``.

    Raises
    ------
    ValueError
        If ``result.json`` is damaged.
    OSError
        If it cannot be read.
    """
    file = path / RESULT
    if not file.is_file():
        closed = not path.is_dir() or ((path / RECORDING).exists() and not (path / CONFIG).exists())
        begun = (path / CONFIG).is_file() or holds_recording(path)
        return {OUTCOME: RECORDED if closed else UNFINISHED if begun else EMPTY}
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
        found = {OUTCOME: str(table[OUTCOME]), STEPS: float(table["steps"]), SECONDS: float(table["seconds"])}
        found.update({f"{FINAL}{name}": float(value) for name, value in table["final"].items()})
        verdicts = [bool(verdict["met"]) for verdict in table["verdicts"]]
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"{file} is damaged ({error})") from error
    return {**found, AS_EXPECTED: float(all(verdicts))} if verdicts else found


def result_attributes(name: str) -> dict[str, str]:
    """Long name and units of a number of `result`."""
    if name.startswith(FINAL):
        attributes = variable_attributes(name.removeprefix(FINAL))
        return {**attributes, "long_name": f"{attributes['long_name']} at the last step"}
    long_names = {
        STEPS: ("training steps", "1"),
        SECONDS: ("training time", "s"),
        AS_EXPECTED: ("1 where all claims of the experiment are met", "1"),
    }
    return dict(zip(("long_name", "units"), long_names[name], strict=True))


def damaged() -> dict[str, Any]:
    """The result of a run whose files cannot be read."""
    return {OUTCOME: DAMAGED}


def _from_json(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        if dotted == _CLAIMS:
            continue
        flat |= _flat(value, f"{dotted}.") if isinstance(value, Mapping) else {dotted: _plain(value)}
    return flat


def _plain(value: object) -> object:
    """A number, bool or text as it is; anything else as JSON."""
    item = value.item() if hasattr(value, "item") and getattr(value, "size", 0) == 1 else value
    return item if isinstance(item, bool | int | float | str) else json.dumps(item, default=str)

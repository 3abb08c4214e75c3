"""``-s key=value``: change single values of an experiment without editing its file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.experiment.config.shorthand import as_table
from gradviz.experiment.config.toml import TOMLDecodeError, parse
from gradviz.experiment.config.validation import BadExperiment

_BARE_WORD = re.compile(r"[\w./~:-]+")


def override(table: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """A copy of the table with values replaced or added.

    Parameters
    ----------
    table : mapping
    settings : sequence of str
        Each is ``dotted.key=value``. The value is read as TOML; a bare word is text. After ``sweep.`` the
        rest is one key, as in the file.

    Returns
    -------
    dict

    Raises
    ------
    BadExperiment
        If settings cannot be read or applied; the message has one line for each.
    """
    changed, complaints = _copy(table), []
    for setting in settings:
        key, equals, text = setting.partition("=")
        parts = split_key(key.strip())
        try:
            if not equals or not all(parts):
                raise ValueError("must be key=value, as in training.steps=500")
            set_value(changed, parts, read_value(text.strip()))
        except ValueError as error:
            complaints.append(f"-s {setting}: {error}")
    if complaints:
        raise BadExperiment("\n".join(complaints))
    return changed


def split_key(key: str) -> list[str]:
    """``"model.cell"`` as ``["model", "cell"]``; after ``sweep.`` the rest is one key.

    Quotes as in a file, ``sweep."model.cell"``, change nothing.
    """
    key = key.replace('"', "").replace("'", "")
    head, _, rest = key.partition(".")
    return [head, rest] if head == "sweep" and rest else key.split(".")


def set_value(table: dict[str, Any], parts: Sequence[str], value: Any) -> None:
    """Set a value in nested tables; missing tables are created, and a task given as text becomes one.

    Raises
    ------
    ValueError
        If a part of the key is not a table.
    """
    for depth, part in enumerate(parts[:-1], start=1):
        if depth == 1 and part in table:
            table[part] = as_table(part, table[part])
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ValueError(f"{'.'.join(parts[:depth])} is not a table: no value can be set in it")
    table[parts[-1]] = value


def read_value(text: str) -> Any:
    """A TOML value, or a bare word as text.

    Raises
    ------
    ValueError
        If the text is neither.
    """
    try:
        values = parse(f"value = {text}")
    except RecursionError:
        raise ValueError("the value is nested too deeply") from None
    except TOMLDecodeError:
        values = {}
    if list(values) == ["value"]:
        return values["value"]
    if not _BARE_WORD.fullmatch(text):
        raise ValueError(f"{text!r} is not a TOML value; text with spaces needs quotes inside quotes")
    return text


def _copy(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, Mapping) else value for key, value in table.items()}

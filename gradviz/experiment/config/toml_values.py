"""Values between TOML, which has lists, and Python's options, which have tuples and None."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable, Mapping
from typing import Any


def lists_to_tuples(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for a task or an initialisation, with a tuple for every list."""
    return {name: as_option(value) for name, value in options.items()}


def as_option(value: Any) -> Any:
    """One value from TOML, with a tuple for every list in it."""
    return tuple(map(as_option, value)) if isinstance(value, list) else value


def tuples_to_lists(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for TOML: a list for every tuple, and no key for None."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None
    }


def as_toml(value: Any) -> str:
    """A value as in a TOML file, on one line; a tuple is a list there.

    Raises
    ------
    TypeError
        If TOML has no such value, as None.

    Examples
    --------
    >>> from gradviz.experiment.config.toml_values import as_toml
    >>> as_toml({"length": (10, 20), "model.cell": "lstm", "noisy": False})
    '{length = [10, 20], "model.cell" = "lstm", noisy = false}'
    """
    if isinstance(value, Mapping):
        pairs = (f"{_key(name)} = {as_toml(inner)}" for name, inner in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(as_toml, value))}]"
    if value is None:
        raise TypeError("TOML has no None: leave the key out")
    return _scalar(value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _scalar(name)


def _scalar(value: object) -> str:
    """As in JSON, but for numbers that are not finite, for times, and for one control character."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, (datetime.date, datetime.time)):  # a datetime is a date too
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def by_dotted_key(
    table: Mapping[str, Any], prefix: str = "", *, is_value: Callable[[Mapping[str, Any]], bool] | None = None
) -> dict[str, Any]:
    """Nested tables as one, by dotted key; TOML reads a dotted key without quotes as nested tables.

    An empty table is a value, and so is one of which ``is_value`` says so.

    Examples
    --------
    >>> from gradviz.experiment.config.toml_values import by_dotted_key
    >>> by_dotted_key({"model": {"cell": "lstm"}, "training.steps": 5})
    {'model.cell': 'lstm', 'training.steps': 5}
    """
    found: dict[str, Any] = {}
    for key, value in table.items():
        dotted = f"{prefix}{key}"
        is_table = isinstance(value, Mapping) and value and not (is_value and is_value(value))
        found |= by_dotted_key(value, f"{dotted}.", is_value=is_value) if is_table else {dotted: value}
    return found


def value_at(table: Mapping[str, Any], key: str) -> Any:
    """The value at a dotted key of nested tables; None if there is none."""
    value: Any = table
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def is_same(one: Any, other: Any) -> bool:
    """Whether two values of a file are the same: ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
    one, other = as_option(one), as_option(other)  # a list is the same as a tuple
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)

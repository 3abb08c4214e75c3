"""Swept tables with the keys alone in which they differ, for lines of text and for labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gradviz.experiment.config.toml_values import is_same


def short_tables(values: Sequence[Any]) -> list[Any]:
    """The values of a swept key; of tables only what tells them from the others.

    Parameters
    ----------
    values : sequence of object
        In the order of the points.

    Returns
    -------
    list of object
        A table keeps its name if there are several, and the keys in which those of its name differ. What is
        not a table stays.

    Examples
    --------
    >>> from gradviz.experiment.sweep.short_values import short_tables
    >>> copy = [{"name": "copy_memory", "delay": delay, "symbols": 3} for delay in (10, 40)]
    >>> short_tables([*copy, {"name": "adding", "length": 20}])
    [{'name': 'copy_memory', 'delay': 10}, {'name': 'copy_memory', 'delay': 40}, {'name': 'adding'}]
    """
    tables = [value for value in values if isinstance(value, Mapping)]
    several_names = len({repr(_name(value)) for value in values}) > 1
    return [_short(value, tables, several_names) if isinstance(value, Mapping) else value for value in values]


def short_points(points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Swept values by dotted key, with `short_tables` in place of tables, each key of them for itself."""
    keys = dict.fromkeys(key for point in points for key in point)
    columns = {key: iter(short_tables([point[key] for point in points if key in point])) for key in keys}
    found: list[dict[str, Any]] = []
    for point in points:
        values: dict[str, Any] = {}
        for key in point:
            value = next(columns[key])
            values |= (
                {f"{key}.{inner}": one for inner, one in value.items()}
                if isinstance(value, Mapping) and value
                else {key: value}
            )
        found.append(values)
    return found


def _name(value: Any) -> Any:
    return value.get("name") if isinstance(value, Mapping) else value


def _short(value: Mapping[str, Any], tables: Iterable[Mapping[str, Any]], several_names: bool) -> Any:
    alike = [one for one in tables if is_same(_name(one), _name(value))]
    kept = {
        key: inner
        for key, inner in value.items()
        if (key == "name" and several_names) or any(not is_same(one.get(key), inner) for one in alike)
    }
    return kept or dict(value)

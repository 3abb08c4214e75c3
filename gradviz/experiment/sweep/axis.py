"""An axis of a sweep: a key with its values, or several keys whose values go together."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gradviz.experiment.config.overrides import set_value
from gradviz.experiment.config.shorthand import as_table
from gradviz.experiment.config.toml_values import is_same, value_at
from gradviz.experiment.config.validation import Mistake, bad_value

MOST_VALUES = 100_000
_RANGE = re.compile(r"\s*(-?\d{1,18})\s*\.\.\s*(-?\d{1,18})\s*")


class Axis(NamedTuple):
    """Keys, and the places of the axis.

    Attributes
    ----------
    keys : tuple of str
        Dotted keys.
    places : list of tuple
        For each place the value of every key.
    """

    keys: tuple[str, ...]
    places: list[tuple[Any, ...]]


def read_values(path: str, given: object, *, repeats: bool = False) -> tuple[list[Any], list[Mistake]]:
    """The values of one key: a list, or a range of whole numbers such as ``"0..9"`` with both its ends.

    Parameters
    ----------
    path : str
        Where they stand, for a message.
    given : object
    repeats : bool
        Whether a value may stand in the list twice, as those that go together with others may.

    Returns
    -------
    values : list
        Empty if there are mistakes.
    mistakes : list of Mistake

    Examples
    --------
    >>> from gradviz.experiment.sweep.axis import read_values
    >>> read_values("sweep.seed", "0..3")
    ([0, 1, 2, 3], [])
    """
    if is_range(given):
        first, last = bounds(str(given))
        if last < first:
            return [], [bad_value(path, given, f'must go upwards: "{last}..{first}"')]
        if last - first >= MOST_VALUES:
            return [], [bad_value(path, given, f"has more than {MOST_VALUES} values")]
        return list(range(first, last + 1)), []
    if isinstance(given, list) and given and (repeats or not has_repeats([(value,) for value in given])):
        return list(given), []
    message = 'must be a range such as "0..9", or a list of one or more different values'
    if isinstance(given, list) and given:
        message += "; only keys that go together under zip may have one twice"
    return [], [bad_value(path, given, message)]


def is_range(given: object) -> bool:
    """Whether a value is a range of whole numbers."""
    return isinstance(given, str) and _RANGE.fullmatch(given) is not None


def bounds(given: str) -> tuple[int, int]:
    """Both ends of a range."""
    first, last = given.split("..")
    return int(first), int(last)


def has_repeats(places: Sequence[tuple[Any, ...]]) -> bool:
    """Whether two places of an axis are the same."""
    try:
        return len(set(places)) < len(places)
    except TypeError:  # lists and tables
        return any(one == other for number, one in enumerate(places) for other in places[:number])


def zip_axes(path: str, given: object, values: dict[str, list[Any]]) -> tuple[list[Axis], list[Mistake]]:
    """The axes of keys whose values go together.

    Parameters
    ----------
    path : str
    given : object
        A list of keys, or several such lists.
    values : dict
        The values of every swept key.

    Returns
    -------
    axes : list of Axis
    mistakes : list of Mistake
    """
    groups = [given] if isinstance(given, list) and all(isinstance(one, str) for one in given) else given
    if not isinstance(groups, list) or not groups or not all(_is_group(group) for group in groups):
        message = 'must be lists of two or more swept keys, as in [["model.cell", "training.learning_rate"]]'
        return [], [bad_value(path, given, message)]
    named = [key for group in groups for key in group]
    mistakes = [
        bad_value(path, key, f"is not a key of [sweep] with values ({', '.join(values) or 'there is none'})")
        for key in dict.fromkeys(named)
        if key not in values
    ]
    mistakes += [
        bad_value(path, key, "stands in it twice") for key in dict.fromkeys(named) if named.count(key) > 1
    ]
    axes = []
    for group in groups if not mistakes else []:
        counts = {key: len(values[key]) for key in group}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{key} has {count}" for key, count in counts.items())
            mistakes.append(bad_value(path, group, f"must have equally many values: {told}"))
            continue
        places = list(zip(*(values[key] for key in group), strict=True))
        if has_repeats(places):
            mistakes.append(bad_value(path, group, "has the same values in two places"))
        axes.append(Axis(tuple(group), places))
    return axes, mistakes


def _is_group(group: object) -> bool:
    return isinstance(group, list) and len(group) > 1 and all(isinstance(key, str) for key in group)


def narrowed(axis: Axis, key: str, value: Any) -> Axis:
    """The places of an axis where a key has a value; an axis of this key alone takes any value."""
    number = axis.keys.index(key)
    places = [place for place in axis.places if is_same(place[number], value)]
    return Axis(axis.keys, [(value,)] if not places and len(axis.keys) == 1 else places)


def with_inner_value(axis: Axis, key: str, inner: str, value: Any) -> tuple[Axis, bool]:
    """The places of an axis of tables where a value inside of the table is this one.

    Parameters
    ----------
    axis : Axis
    key : str
        The swept key, ``"task"``, whose values are tables, or names for tables.
    inner : str
        The key inside of it, ``"task.name"``.
    value : object

    Returns
    -------
    axis : Axis
        If no place has the value, all places, with the value set in each.
    chosen : bool
        Whether a place has it.

    Examples
    --------
    >>> from gradviz.experiment.sweep.axis import Axis, with_inner_value
    >>> tasks = Axis(("task",), [({"name": "adding"},), ({"name": "latch", "length": 9},)])
    >>> with_inner_value(tasks, "task", "task.name", "latch")
    (Axis(keys=('task',), places=[({'name': 'latch', 'length': 9},)]), True)
    """
    number = axis.keys.index(key)
    places = []
    for place in axis.places:
        table = as_table(key, place[number])
        table = copy.deepcopy(dict(table)) if isinstance(table, Mapping) else {"name": table}
        places.append((*place[:number], table, *place[number + 1 :]))
    parts = inner.removeprefix(f"{key}.")
    found = [place for place in places if is_same(value_at(place[number], parts), value)]
    if not found:
        for place in places:
            set_value(place[number], parts.split("."), copy.deepcopy(value))
    return Axis(axis.keys, found or places), bool(found)

"""Values of keys in one form: for the conditions of a claim, and for the columns of a sweep's table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gradviz.experiment.config.toml_values import as_toml, by_dotted_key, is_same, value_at

INIT, OPTIONS = "model.init", "model.init_options"
NO_LIMIT = "none"
CONDITIONS = ("where", "faster_than", "below_that_of", "above_that_of", "within_factor_of")
"""Keys of a claim that name values of runs."""
_MAY_BE_NONE = ("training.clip_norm", "training.clip_value", "training.bptt", "training.omega")


def conditions_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a claim names, by dotted key, in the form that an experiment has when it is read.

    Parameters
    ----------
    given : mapping
        As in a file: nested tables or dotted keys.

    Returns
    -------
    dict
        An initialisation with its options is a name and its options, as `with_plain_init` has them; a limit
        that is ``"none"`` is None.

    Examples
    --------
    >>> from gradviz.experiment.config.condition_values import conditions_of
    >>> conditions_of({"model.init": {"name": "chrono", "t_max": 20}, "training.omega": "none"})
    {'model.init': 'chrono', 'model.init_options.t_max': 20, 'training.omega': None}
    """
    return {
        key: _without_limit(value) if key in _MAY_BE_NONE else value
        for key, value in with_plain_init(given).items()
    }


def _without_limit(value: Any) -> Any:
    if isinstance(value, list):
        return [None if one == NO_LIMIT else one for one in value]
    return None if value == NO_LIMIT else value


def with_plain_init(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted key, with a name or a list of names for an initialisation, and its options beside it.

    Parameters
    ----------
    given : mapping
        Nested tables or dotted keys.

    Returns
    -------
    dict

    Examples
    --------
    >>> from gradviz.experiment.config.condition_values import with_plain_init
    >>> with_plain_init({"model.init": ["orthogonal", {"name": "chrono", "t_max": 20}]})
    {'model.init': ['orthogonal', 'chrono'], 'model.init_options.chrono.t_max': 20}
    """
    found: dict[str, Any] = {}
    inside: dict[str, Any] = {}
    for key, value in by_dotted_key(given).items():
        if key.startswith(f"{INIT}."):
            inside[key.removeprefix(f"{INIT}.")] = value
            found.setdefault(INIT, inside)
        else:
            found[key] = value
    plain: dict[str, Any] = {}
    for key, value in found.items():
        plain |= _plain(value) if key == INIT else {key: value}
    return plain


def _plain(init: Any) -> dict[str, Any]:
    """The values of one initialisation, or of a list of them; what is neither stays."""
    entries = list(init) if isinstance(init, (list, tuple)) else [init]
    if not entries or not all(map(_is_entry, entries)):
        return {INIT: init}
    tables = [one if isinstance(one, Mapping) else {"name": one} for one in entries]
    tables = tables[1:] if len(tables) > 1 and tables[0]["name"] == "default" else tables
    names = [table["name"] for table in tables]
    single = len(names) == 1
    found: dict[str, Any] = {INIT: names[0] if single else names}
    for table in tables:
        path = OPTIONS if single else f"{OPTIONS}.{table['name']}"
        found |= {f"{path}.{key}": value for key, value in table.items() if key != "name"}
    return found


def _is_entry(one: object) -> bool:
    return isinstance(one, str) or (isinstance(one, Mapping) and isinstance(one.get("name"), str))


def table_has(table: Mapping[str, Any], conditions: Mapping[str, Any]) -> bool:
    """Whether the table of an experiment has the values of `conditions_of`.

    A list is met by the same list, and by each of its elements where the table has no list; but an
    initialisation that is a list is several in turn.

    Examples
    --------
    >>> from gradviz.experiment.config.condition_values import table_has
    >>> table_has({"model": {"cell": "gru"}}, {"model.cell": "gru", "training.omega": None})
    True
    """
    return all(_meets(key, value_at(table, key), value) for key, value in conditions.items())


def alternatives(table: Mapping[str, Any], conditions: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The keys of which a table that meets the conditions has one of several values, with these."""
    return {
        key: list(value)
        for key, value in conditions.items()
        if isinstance(value, (list, tuple)) and not is_same(value_at(table, key), value)
    }


def _meets(key: str, there: Any, wanted: Any) -> bool:
    if is_same(there, wanted):
        return True
    is_either = isinstance(wanted, (list, tuple)) and not isinstance(there, (list, tuple)) and key != INIT
    return is_either and any(is_same(there, one) for one in wanted)


def is_about(key: str, other: str, among: Iterable[str] = ()) -> bool:
    """Whether a value for one key changes that of another: the same, inside of it, or options of its init.

    Parameters
    ----------
    key : str
        A swept key.
    other : str
        The key that a claim names.
    among : iterable of str
        All swept keys: where the other is one of them, it is about no initialisation.
    """
    if key == other or other.startswith(f"{key}."):
        return True
    return key == INIT and other.startswith(f"{OPTIONS}.") and other not in among


def in_words(values: Mapping[str, Any]) -> str:
    """Values in words, as a file has them: ``model.cell=gru, task={name = "adding", length = 20}``.

    Examples
    --------
    >>> from gradviz.experiment.config.condition_values import in_words
    >>> in_words({"model.cell": "gru", "training.omega": None, "training.nesterov": True})
    'model.cell=gru, training.omega=none, training.nesterov=true'
    """
    return ", ".join(f"{key}={_in_words(value)}" for key, value in values.items())


def _in_words(value: Any) -> str:
    if value is None:
        return NO_LIMIT
    if isinstance(value, (Mapping, list, tuple, bool)):
        return as_toml(value)
    return str(value)


def value_on_axis(value: Any) -> str:
    """A swept value as a label of an axis: names alone, the rest with its keys, a line each.

    Examples
    --------
    >>> from gradviz.experiment.config.condition_values import value_on_axis
    >>> value_on_axis(["orthogonal", {"name": "chrono", "t_max": 20}]).splitlines()
    ['orthogonal', 'chrono', 't_max 20']
    """
    if isinstance(value, Mapping):
        lines = [str(one) if key == "name" else f"{key} {_in_words(one)}" for key, one in value.items()]
        return "\n".join(lines) or "{}"
    if isinstance(value, (list, tuple)) and not all(isinstance(one, (int, float)) for one in value):
        return "\n".join(map(value_on_axis, value))
    return _in_words(value)

"""The initialisations of a model's table: one or several in turn, each with its own options."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

from gradviz.errors import unknown_name
from gradviz.experiment.config.condition_values import INIT, OPTIONS
from gradviz.experiment.config.options import initialisation_mistakes, initialisation_options
from gradviz.experiment.config.toml_values import tuples_to_lists
from gradviz.experiment.config.validation import Mistake, bad_value, unknown_key
from gradviz.models.initialise import INITIALISATIONS
from gradviz.models.layers import LAYERS
from gradviz.vocabulary import CELL

_EXAMPLE = '{name = "chrono", t_max = 100}'


class _Entry(NamedTuple):
    """One initialisation: its name, its options, and the path of the table that holds them."""

    name: str
    options: dict[str, Any]
    path: str


def plain_initialisations(table: Mapping[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """The table of an experiment with its initialisations in one form, and all mistakes in them.

    Parameters
    ----------
    table : mapping
        In its table ``model``, ``init`` is a name, a table ``{name = "chrono", t_max = 100}``, or a list of
        such. ``init_options`` has the options of a single initialisation, and tables that are named for an
        initialisation; a table whose initialisation is not in ``init`` is left out, so that ``init`` can be
        swept.

    Returns
    -------
    table : dict
        With a name and its options, or with a list of names and a table of options for each. If there are
        mistakes, without both.
    mistakes : list of Mistake
    """
    model = table.get("model")
    if not isinstance(model, Mapping) or "make" in model or not {"init", "init_options"} & set(model):
        return dict(table), []  # a model of the user's own may have options of these names
    options = model.get("init_options", {})
    tables, flat = _split(options if isinstance(options, Mapping) else {})
    entries, mistakes = _entries(model.get("init", "default"))
    mistakes += _table_mistakes(tables)
    if not mistakes:
        entries = _without_leading_default(entries)
        entries, mistakes = _with_options(entries, tables, flat)
    cell = model.get(CELL)
    if not mistakes and isinstance(cell, str) and cell in LAYERS:
        for entry in entries:
            mistakes += initialisation_mistakes(cell, entry.name, entry.options, path=entry.path)
    rest = {key: value for key, value in model.items() if key not in ("init", "init_options")}
    if mistakes:
        return {**table, "model": rest}, mistakes
    if len(entries) == 1:
        plain: dict[str, Any] = {"init": entries[0].name, "init_options": entries[0].options}
    else:
        plain = {
            "init": [entry.name for entry in entries],
            "init_options": {entry.name: entry.options for entry in entries},
        }
    if not isinstance(options, Mapping):  # the schema says so
        plain["init_options"] = options
    return {**table, "model": {**rest, **plain}}, []


def filled_options(init: str | tuple[str, ...], options: Mapping[str, Any]) -> dict[str, Any]:
    """Options in the form of `plain_initialisations`, with the defaults of those that are not given."""
    if isinstance(init, str):
        return {**_defaults(init), **options}
    return {name: {**_defaults(name), **options.get(name, {})} for name in init}


def _defaults(name: str) -> dict[str, Any]:
    known = initialisation_options(name).items()
    return tuples_to_lists({key: value for key, value in known if value is not inspect.Parameter.empty})


def _split(options: Mapping[str, Any]) -> tuple[dict[str, Mapping[str, Any]], dict[str, Any]]:
    """The tables for each initialisation, and the other options."""
    tables = {key: value for key, value in options.items() if isinstance(value, Mapping)}
    return tables, {key: value for key, value in options.items() if key not in tables}


def _entries(given: Any) -> tuple[list[_Entry], list[Mistake]]:
    """What ``init`` names, with the options that stand beside a name."""
    if not isinstance(given, (list, tuple)):
        only, wrong = _entry(given, INIT)
        return [only] if only else [], wrong
    entries: list[_Entry] = []
    mistakes: list[Mistake] = []
    for position, one in enumerate(given):
        path = f"{INIT}[{position}]"
        found, wrong = _entry(one, path)
        mistakes += wrong
        if found is None:
            continue
        if found.name in [entry.name for entry in entries]:
            mistakes.append(Mistake(path, f": {found.name} is in the list already"))
        elif found.name == "default" and position:
            mistakes.append(
                Mistake(path, ": default draws all weights again, which undoes those before it; leave it out")
            )
        entries.append(found)
    if not given:
        mistakes.append(bad_value(INIT, given, "must have at least one name"))
    return entries, mistakes


def _entry(one: Any, path: str) -> tuple[_Entry | None, list[Mistake]]:
    options = {key: value for key, value in one.items() if key != "name"} if isinstance(one, Mapping) else {}
    name = one.get("name") if isinstance(one, Mapping) else one
    if not isinstance(name, str):
        more = ", or a list of them" if path == INIT else ""
        return None, [bad_value(path, one, f"must be text in quotes or a table {_EXAMPLE}{more}")]
    if name not in INITIALISATIONS:
        return None, [Mistake(path, f": {unknown_name('initialisation', name, INITIALISATIONS)}")]
    return _Entry(name, options, path if options else ""), []


def _table_mistakes(tables: Mapping[str, Mapping[str, Any]]) -> list[Mistake]:
    """Tables of no initialisation, and in the others, used or not, names of no option."""
    mistakes = []
    for name, options in tables.items():
        path = f"{OPTIONS}.{name}"
        if name not in INITIALISATIONS:
            mistakes.append(Mistake(path, f": {unknown_name('initialisation', name, INITIALISATIONS)}"))
            continue
        known = initialisation_options(name)
        mistakes += [unknown_key(f"{path}.{key}", known) for key in options if key not in known]
    return mistakes


def _without_leading_default(entries: list[_Entry]) -> list[_Entry]:
    """PyTorch has applied its default already when it made the model."""
    return entries[1:] if len(entries) > 1 and entries[0].name == "default" else entries


def _with_options(
    entries: list[_Entry], tables: Mapping[str, Mapping[str, Any]], flat: Mapping[str, Any]
) -> tuple[list[_Entry], list[Mistake]]:
    """The initialisations, each with its options from all places."""
    mistakes = [mistake for key in flat if (mistake := _misplaced(key, entries))]
    found = []
    for entry in entries:
        own = {**tables.get(entry.name, {})}
        mistakes += _given_twice(own, flat if len(entries) == 1 else {}, f"{OPTIONS}.{entry.name}")
        if len(entries) == 1:
            own.update(flat)
        mistakes += _given_twice(entry.options, own, entry.path)
        path = entry.path or (
            f"{OPTIONS}.{entry.name}" if tables.get(entry.name) or len(entries) > 1 else OPTIONS
        )
        found.append(_Entry(entry.name, {**own, **entry.options}, path))
    return found, mistakes


def _given_twice(one: Mapping[str, Any], other: Mapping[str, Any], path: str) -> list[Mistake]:
    return [Mistake(f"{path}.{key}", ": given in two places") for key in one if key in other]


def _misplaced(key: str, entries: list[_Entry]) -> Mistake | None:
    """The mistake of an option that stands in no table of an initialisation, if it is one."""
    owners = [name for name in INITIALISATIONS if key in initialisation_options(name)]
    names = [entry.name for entry in entries]
    if len(entries) == 1 and (names[0] in owners or not owners):
        return None  # it is used, or `initialisation_mistakes` says that nothing has it
    if not owners:
        known = {option for name in names for option in initialisation_options(name)}
        return unknown_key(f"{OPTIONS}.{key}", sorted(known))
    chosen = next((name for name in owners if name in names), owners[0])
    known_here = ", ".join(initialisation_options(names[0])) or "it takes none"
    reason = f"unknown key; ({known_here})" if len(entries) == 1 else "there are several initialisations"
    return Mistake(
        f"{OPTIONS}.{key}", f": {reason}; it is an option of {chosen}: give it as {OPTIONS}.{chosen}.{key}"
    )

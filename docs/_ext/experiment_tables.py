"""Tables of what an experiment's file may hold: its keys, the tasks and the initialisations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from recording_tables import table

from gradviz.experiment.config.allowed_values import allowed_values, kinds
from gradviz.experiment.config.key_descriptions import describe_key
from gradviz.experiment.config.numpydoc_parameters import parameters_of
from gradviz.experiment.config.options import defaults_of, initialisation_options, metric_in_words
from gradviz.experiment.config.reproduction_schema import Reproduction
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.config.table import Table
from gradviz.experiment.config.toml_values import as_toml
from gradviz.models.initialise import INITIALISATIONS
from gradviz.tasks.task_table import TASKS


def keys() -> str:
    """A section for each table of an experiment's file, with its keys."""
    return "\n\n".join(_sections(Experiment, ""))


def _sections(schema: type[Table], prefix: str, about: str = "") -> Iterator[str]:
    rows = [_row(schema, prefix, name) for name in schema.model_fields if not _inner(schema, name)]
    heading = f"`[{prefix.removesuffix('.')}]`" if prefix else "At the top of the file"
    yield f"### {heading}\n\n{about}\n\n" + table(("key", "what", "values", "default"), rows)
    for name in schema.model_fields:
        if not _inner(schema, name):
            continue
        usual, *others = _inner(schema, name)
        path = f"{prefix}{name}."
        yield from _sections(usual, path, describe_key(schema, f"{prefix}{name}"))
        for other in others:
            first = (other.__doc__ or "").partition("\n")[0].replace("``", "`")
            yield from _sections(other, path, f"In place of the keys above: {first}")


def _row(schema: type[Table], prefix: str, name: str) -> tuple[str, str, str, str]:
    field = schema.model_fields[name]
    default = field.get_default(call_default_factory=True)
    if field.is_required():
        said = "required"
    elif default is None or default in ({}, ()):
        said = "left out"
    else:
        said = f"`{as_toml(default)}`"
    return f"`{name}`", describe_key(schema, f"{prefix}{name}"), allowed_values(field), said


def _inner(schema: type[Table], name: str) -> list[type[Table]]:
    """The classes of the tables that a key holds; none if it holds another value."""
    field = schema.model_fields[name]
    found = [kind.type for kind in kinds(field) if kind.type is not type(None)]
    if found == [tuple]:
        annotation: Any = field.annotation
        found = list(annotation.__args__[:1])
    return found if all(isinstance(one, type) and issubclass(one, Table) for one in found) else []


def reproduction() -> str:
    """The keys of ``[reproduction]``."""
    about = parameters_of(Reproduction.__doc__ or "", section="Attributes")
    rows = [
        (f"`{name}`", about[name][1], "required" if field.is_required() else "may be left out")
        for name, field in Reproduction.model_fields.items()
    ]
    return table(("key", "what", ""), rows)


def tasks() -> str:
    """A section for each task: what it asks, its options and its metric."""
    return "\n\n".join(
        _section(name, TASKS[name], defaults_of(TASKS[name]), f"{_capital(metric_in_words(TASKS[name]))}.")
        for name in TASKS
    )


def initialisations() -> str:
    """A section for each initialisation, with its options."""
    return "\n\n".join(
        _section(name, make, initialisation_options(name), "") for name, make in INITIALISATIONS.items()
    )


def _section(name: str, make: Callable[..., Any], defaults: Mapping[str, Any], after: str) -> str:
    first = (make.__doc__ or "").partition("\n")[0].replace("``", "`")
    about = parameters_of(make.__doc__ or "")
    rows = [(f"`{key}`", about.get(key, ("", ""))[1], _default(value)) for key, value in defaults.items()]
    options = table(("option", "what", "default"), rows) if rows else "It has no options."
    return "\n\n".join(part for part in (f"### `{name}`", first, options, after) if part)


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "required"
    return "left out" if value is None else f"`{as_toml(value)}`"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

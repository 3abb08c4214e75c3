"""Mistakes in an experiment's file: each with its place, the value given, and what would work."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from gradviz.errors import GradvizError, UnknownName, nearest
from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.schema import (
    BUILT_IN_MODEL,
    OWN_MODEL,
    Experiment,
    ModelConfig,
    RecordingConfig,
)
from gradviz.experiment.config.training_schema import (
    CurriculumConfig,
    ScheduleConfig,
    TrainingConfig,
    ValidationConfig,
)

_MOST_SHOWN = 60  # characters of a value
_TABLES: dict[str, type[BaseModel]] = {
    "": Experiment,
    "model": ModelConfig,
    "training": TrainingConfig,
    "training.schedule": ScheduleConfig,
    "validation": ValidationConfig,
    "curriculum": CurriculumConfig,
    "recording": RecordingConfig,
    "expect": Expectation,
}
_OF_CLAIMS = {"expect", "learned"}  # tables of claims
_MUST_BE = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text in quotes",
    "dict_type": "a table",
    "model_type": "a table",
    "tuple_type": "a table, or several: [[{path}]]",
    "greater_than": "above {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "below {lt}",
    "finite_number": "finite",
    "string_pattern_mismatch": "at most 100 letters, digits, '.', '_' and '-', the first a letter or digit",
}


class Mistake(NamedTuple):
    """One mistake: the dotted path of the key, and what is wrong there."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}{self.message}"


class BadExperiment(GradvizError, ValueError):
    """An experiment's file or an override has mistakes; the message has one line for each."""


def bad_value(path: str, value: object, message: str) -> Mistake:
    """The mistake of a wrong value."""
    return Mistake(path, f" = {_shown(value)}: {message}")


def unknown_key(path: str, known: Iterable[str]) -> Mistake:
    """The mistake of an unknown key, with the most similar known key and all known keys."""
    names = list(known)
    near = nearest(path.rpartition(".")[2], names)
    hint = f"did you mean {near!r}? " if near else ""
    return Mistake(path, f": unknown key; {hint}({', '.join(names) or 'it takes none'})")


def mistakes_of(error: ValidationError, schema: type[BaseModel] = Experiment) -> list[Mistake]:
    """Pydantic's errors as this package's mistakes, with the schema that was read."""
    return [_mistake(one, _tables_in(schema)) for one in error.errors(include_url=False)]


def _tables_in(schema: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Schemas by the path of their table, in what was read with this schema."""
    claims = {name: Expectation for name in schema.model_fields if name in _OF_CLAIMS}
    return {**_TABLES, **claims, "": schema}


def _mistake(one: Mapping[str, Any], tables: Mapping[str, type[BaseModel]]) -> Mistake:
    location = tuple(part for part in one["loc"] if part not in (BUILT_IN_MODEL, OWN_MODEL))
    path = dotted(location)
    kind, value, context = one["type"], one["input"], one.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(path, tables[_table(location, tables)].model_fields)
    if kind == "missing":
        return Mistake(path, ": missing; it has no default")
    if kind == "value_error":
        error = context["error"]
        if isinstance(error, UnknownName):
            return Mistake(path, f": {error}")
        return bad_value(path, value, str(error))
    wanted = _MUST_BE.get(kind)
    if wanted is None:
        return bad_value(path, value, one["msg"])
    return bad_value(path, value, f"must be {wanted.format(path=path, **context)}")


def _table(location: tuple[int | str, ...], tables: Collection[str]) -> str:
    """The table in whose schema a key was looked up."""
    outer = [str(part) for part in location[:-1] if isinstance(part, str)]
    return next((name for end in range(len(outer), 0, -1) if (name := ".".join(outer[:end])) in tables), "")


def dotted(parts: Iterable[int | str]) -> str:
    """``("expect", 0, "metric")`` as ``expect[0].metric``."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def bad_experiment(mistakes: Iterable[Mistake], place: Callable[[str], str]) -> BadExperiment:
    """One error for all mistakes; the caller raises it.

    Parameters
    ----------
    mistakes : iterable of Mistake
    place : callable
        Takes a dotted path and returns where its value comes from: a file, or an override.

    Returns
    -------
    BadExperiment
    """
    lines = [f"{place(mistake.path)}: {mistake}" for mistake in mistakes]
    return BadExperiment("\n".join(dict.fromkeys(lines)))


def _shown(value: object) -> str:
    """A value, approximately as in a TOML file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."

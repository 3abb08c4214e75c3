"""Call a factory of the user's own with options from a table, or say what is wrong with them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from gradviz.experiment.config.own.own_parts import own_part, shown_name, source_and_name
from gradviz.experiment.config.toml_values import lists_to_tuples
from gradviz.experiment.own_code.failure import failure
from gradviz.experiment.own_code.reference import BadSource

TASK = "task"  # a factory's parameter of this name is given the task


def call_own(spec: str, options: Mapping[str, Any], *given: Any) -> Any:
    """What a factory returns.

    Parameters
    ----------
    spec : str
        Reference to the factory.
    options : mapping
        Options by name; lists become tuples.
    *given : object
        A task, for a factory whose first parameter is called ``task``; others do not get it.

    Raises
    ------
    BadSource
        If the source or the factory fails.
    UnknownName
        If the source has no such name.
    """
    factory = own_part(spec)
    before = given if _takes_task(factory) else ()
    try:
        return factory(*before, **lists_to_tuples(options))
    except (Exception, SystemExit) as error:
        told = ", ".join(f"{name}={value!r}" for name, value in options.items())
        said = failure(error, [source_and_name(spec)[0]])
        raise BadSource(f"{spec.rpartition(':')[2]}({told}) failed: {said}") from error


def own_defaults(spec: str) -> dict[str, Any]:
    """Options of a factory with their defaults, without the task.

    Returns
    -------
    dict
        ``inspect.Parameter.empty`` for an option without a default.

    Raises
    ------
    BadSource, UnknownName
        If there is no such factory.
    """
    factory = own_part(spec)
    if not callable(factory):
        raise BadSource(
            f"{shown_name(spec)} is of type {type(factory).__name__}; it must be a function or a class"
        )
    parameters = list(_parameters(factory))[1 if _takes_task(factory) else 0 :]
    return {
        one.name: one.default for one in parameters if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    }


def takes_any_option(spec: str) -> bool:
    """Whether a factory has ``**options``, and so takes an option of any name."""
    return any(one.kind is one.VAR_KEYWORD for one in _parameters(own_part(spec)))


def written_defaults(spec: str) -> dict[str, Any]:
    """Those defaults of a factory that a TOML file can hold."""
    return {name: value for name, value in own_defaults(spec).items() if can_be_written(value)}


def can_be_written(value: Any) -> bool:
    """Whether a TOML file gives a value back as it is: numbers, text, bools, and lists and tables of them."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and can_be_written(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return all(map(can_be_written, value))
    return type(value) in (bool, int, float, str)


def _parameters(factory: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(factory).parameters.values())
    except (ValueError, TypeError):  # a class written in C
        return [inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD)]


def _takes_task(factory: Callable[..., Any]) -> bool:
    parameters = _parameters(factory)
    return bool(parameters) and parameters[0].name == TASK

"""Options of a task or an initialisation, checked by making it once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch

from gradviz.experiment.config.toml_values import as_option, lists_to_tuples
from gradviz.experiment.config.validation import Mistake, bad_value, unknown_key
from gradviz.models.initialise import INITIALISATIONS, initialise
from gradviz.models.layers import make_layers


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The options that a task's class or an initialisation takes by name, with their defaults."""
    parameters = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in parameters if one.kind is not one.POSITIONAL_ONLY}


def option_mistakes(
    path: str, make: Callable[..., Any], options: Mapping[str, Any], known: Mapping[str, Any]
) -> list[Mistake]:
    """All that is wrong with the options of one thing.

    Parameters
    ----------
    path : str
        Of the table in which they stand.
    make : callable
        Takes them by name; raises ``ValueError``, ``TypeError`` or ``OSError`` where one does not work.
    options : mapping
        What came.
    known : mapping
        What `defaults_of` gave.

    Returns
    -------
    list of Mistake
        What is complained of is lists_to_tuples out and the rest tried again, so that no mistake hides
        another.
    """
    required = {name for name, default in known.items() if default is inspect.Parameter.empty}
    found = [unknown_key(f"{path}.{name}", known) for name in options if name not in known]
    found += [Mistake(f"{path}.{name}", ": missing; it has no default") for name in required - set(options)]
    rest = lists_to_tuples({name: value for name, value in options.items() if name in known})
    while required <= set(rest) and (complaint := _complaint(make, rest)) is not None:
        guilty = _guilty(make, rest, complaint)
        if guilty is None:
            return [*found, Mistake(path, f": {complaint}")]
        del rest[guilty]
        found.append(_about(f"{path}.{guilty}", options[guilty], complaint))
    return found


def _guilty(make: Callable[..., Any], given: Mapping[str, Any], complaint: str) -> str | None:
    """The option without which there is another complaint, or none; the one that is named first."""
    for name in sorted(given, key=lambda name: not complaint.startswith(f"{name} = ")):
        if _complaint(make, {other: given[other] for other in given if other != name}) != complaint:
            return name
    return None


def _about(path: str, value: Any, complaint: str) -> Mistake:
    prefix, colon, reason = complaint.partition(": ")
    own = bool(colon) and prefix == f"{path.rpartition('.')[2]} = {as_option(value)!r}"
    return bad_value(path, value, reason if own else complaint)


def _complaint(make: Callable[..., Any], options: Mapping[str, Any]) -> str | None:
    try:
        make(**options)
    except (ValueError, TypeError, OSError) as error:
        return str(error)
    return None


def initialisation_options(name: str) -> dict[str, Any]:
    """What `defaults_of` says of an initialisation, but its generator, which is the run's own."""
    return {
        option: default
        for option, default in defaults_of(INITIALISATIONS[name]).items()
        if option != "generator"
    }


def initialisation_mistakes(cell: str, name: str, options: Mapping[str, Any]) -> list[Mistake]:
    """All that is wrong with an initialisation's options for that cell; random numbers stay as they are."""

    def make(**given: Any) -> None:
        with torch.random.fork_rng(devices=[]):
            initialise(make_layers(cell)(1, 2), name, **given)

    return option_mistakes("model.init_options", make, options, initialisation_options(name))

"""Check the options of a task or an initialisation by using them once."""

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
    """Keyword options of a task's class or an initialisation, with their defaults."""
    parameters = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in parameters if one.kind is not one.POSITIONAL_ONLY}


def option_mistakes(
    path: str, make: Callable[..., Any], options: Mapping[str, Any], known: Mapping[str, Any]
) -> list[Mistake]:
    """All mistakes in the options of a task or an initialisation.

    Parameters
    ----------
    path : str
        Path of the table that holds the options.
    make : callable
        Takes the options by name; raises ``ValueError``, ``TypeError`` or ``OSError`` for a wrong one.
    options : mapping
        The options given.
    known : mapping
        Result of `defaults_of`.

    Returns
    -------
    list of Mistake
        A wrong option is removed and the rest is tried again, so that one mistake does not hide another.
    """
    required = {name for name, default in known.items() if default is inspect.Parameter.empty}
    found = [unknown_key(f"{path}.{name}", known) for name in options if name not in known]
    found += [Mistake(f"{path}.{name}", ": missing; it has no default") for name in required - set(options)]
    rest = lists_to_tuples({name: value for name, value in options.items() if name in known})
    while required <= set(rest) and (complaint := _complaint(make, rest)) is not None:
        wrong = _wrong_option(make, rest, complaint)
        if wrong is None:
            return [*found, Mistake(path, f": {complaint}")]
        del rest[wrong]
        found.append(_about(f"{path}.{wrong}", options[wrong], complaint))
    return found


def _wrong_option(make: Callable[..., Any], given: Mapping[str, Any], complaint: str) -> str | None:
    """The option whose removal changes or ends the complaint; one that the complaint names comes first."""
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
    except (ArithmeticError, MemoryError, RuntimeError) as error:  # of a number that is far too large
        return f"cannot be used ({type(error).__name__})"
    return None


def initialisation_options(name: str) -> dict[str, Any]:
    """Result of `defaults_of` for an initialisation, without its generator, which the run provides."""
    return {
        option: default
        for option, default in defaults_of(INITIALISATIONS[name]).items()
        if option != "generator"
    }


def initialisation_mistakes(
    cell: str, name: str, options: Mapping[str, Any], *, path: str = "model.init_options"
) -> list[Mistake]:
    """All mistakes in an initialisation's options for a cell; the random generator's state is restored.

    ``path`` is that of the table that holds the options.
    """

    def make(**given: Any) -> None:
        with torch.random.fork_rng(devices=[]):
            initialise(make_layers(cell)(1, 2), name, **given)

    return option_mistakes(path, make, options, initialisation_options(name))


def metric_in_words(task: object) -> str:
    """The metric of a task's class: ``metric: accuracy, the larger the better``; empty if it has none."""
    name, goal = getattr(task, "metric_name", None), getattr(task, "metric_goal", None)
    if not isinstance(name, str):
        return ""
    better = {"max": ", the larger the better", "min": ", the smaller the better"}
    return f"metric: {name}{better.get(str(goal), '')}"

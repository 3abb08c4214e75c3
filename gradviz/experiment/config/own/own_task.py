"""A task of the user's own: what it must have, and what is not known of it where it does not say."""

from __future__ import annotations

import copy
import math
import types
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

from gradviz.experiment.own_code.reference import BadSource
from gradviz.tasks.task_table import Task
from gradviz.training.training_step import LEARNING_RATE, OMEGA, SEQUENCE_LENGTH
from gradviz.vocabulary import GRAD_NORM, GRAD_NORM_CLIPPED, LOSS, STEP

TAKEN_NAMES = ("", STEP, LOSS, GRAD_NORM, GRAD_NORM_CLIPPED, LEARNING_RATE, OMEGA, SEQUENCE_LENGTH)
"""Names that a metric cannot have."""

_REQUIRED = {
    "batch": "batch(size, generator): the inputs and the targets of that many sequences",
    "loss": "loss(outputs, targets): the number that training minimises",
}
_DEFAULTS: dict[str, Any] = {
    "every_step": False,
    "lag": 0,
    "fixed_lag": False,
    "baseline": None,
    "baseline_meaning": "",
    "informative": (),
    "metric_name": "metric",
    "metric_goal": None,
}


def as_task(made: Any, name: str) -> Task:
    """A task of the user's own as a `Task`, with a value that says "not known" for all that it does not have.

    Parameters
    ----------
    made : object
        Has ``batch`` and ``loss``, and any more of `gradviz.tasks.Task`.
    name : str
        Its name, if it has none.

    Raises
    ------
    BadSource
        If it is of a kind that nothing can be added to.
    """
    unknown = {**_DEFAULTS, "name": name}
    missing = {key: value for key, value in unknown.items() if not hasattr(made, key)}
    task: Task = with_attributes(made, missing) if missing else made
    return task


def with_attributes(task: Any, attributes: Mapping[str, Any]) -> Any:
    """A copy of a task with some attributes more, or other ones; it stays of its class, as a subclass.

    Parameters
    ----------
    task : object
    attributes : mapping
        Functions do not become methods; a ``property`` does.

    Raises
    ------
    BadSource
        If it is of a kind that nothing can be added to.
    """
    kind = type(task)
    body = {name: staticmethod(one) if callable(one) else one for name, one in attributes.items()}
    body |= {"__module__": kind.__module__, "__doc__": kind.__doc__}
    if not hasattr(task, "__dict__"):
        body["__slots__"] = ()
    try:
        made = copy.copy(task)
        richer = types.new_class(kind.__name__, (kind,), exec_body=lambda inside: inside.update(body))
        object.__setattr__(made, "__class__", richer)  # also of a frozen dataclass
        for name in attributes.keys() & vars(made).keys() if hasattr(made, "__dict__") else ():
            object.__delattr__(made, name)  # it would hide the one of the class
    except TypeError as error:
        raise BadSource(f"a task of type {kind.__name__} cannot be completed ({error})") from error
    return made


class _Kind(NamedTuple):
    """What an attribute must be, in words, and the test of it."""

    words: str
    fits: Callable[[Any], bool]


def _is_count(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


_KINDS = {
    "name": _Kind("text", lambda value: isinstance(value, str) and bool(value)),
    "input_size": _Kind("the number of inputs of a time step", lambda value: _is_count(value, 1)),
    "output_size": _Kind("the number of outputs", lambda value: _is_count(value, 1)),
    "every_step": _Kind("True or False", lambda value: isinstance(value, bool)),
    "lag": _Kind("a whole number of time steps, 0 if not known", lambda value: _is_count(value, 0)),
    "fixed_lag": _Kind("True or False", lambda value: isinstance(value, bool)),
    "baseline": _Kind(
        "a finite number, or None if not known",
        lambda value: (
            value is None
            or (isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value))
        ),
    ),
    "baseline_meaning": _Kind("text", lambda value: isinstance(value, str)),
    "informative": _Kind(
        "whole numbers: the time steps whose input must be remembered",
        lambda value: (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and all(_is_count(one, 0) for one in value)
        ),
    ),
    "metric": _Kind("a function metric(outputs, targets); leave it out if there is none", callable),
    "metric_name": _Kind(
        f"text, and none of {', '.join(TAKEN_NAMES[1:])}",
        lambda value: isinstance(value, str) and value.isprintable() and value not in TAKEN_NAMES,
    ),
    "metric_goal": _Kind('"max" or "min"', lambda value: value in (None, "max", "min")),
}


def task_complaints(made: Any, maker: str) -> list[str]:
    """What is wrong with what the maker of a task has returned, a sentence each.

    Parameters
    ----------
    made : object
    maker : str
        Who has returned it, for the sentences.

    Returns
    -------
    list of str
        What it must have and has not, with what each is for, and the attributes of a wrong kind.
    """
    kind = made.__name__ if isinstance(made, type) else type(made).__name__
    if isinstance(made, type):
        return [f"{maker} returned the class {kind}; it must return an object of it: {kind}()"]
    missing = [words for name, words in _REQUIRED.items() if not callable(getattr(made, name, None))]
    if missing:
        return [f"{maker} returned a value of type {kind}, which needs {' and '.join(missing)}"]
    return [
        f"{maker} returned a value of type {kind} whose {name} is {getattr(made, name)!r}; it must be "
        f"{kind_of.words}"
        for name, kind_of in _KINDS.items()
        if hasattr(made, name) and not kind_of.fits(getattr(made, name))
    ]

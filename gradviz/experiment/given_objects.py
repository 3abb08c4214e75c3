"""Tasks, models and functions that are given from Python, as the tables and references of a file."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import nn

from gradviz.experiment.config.options import defaults_of
from gradviz.experiment.config.own.own_factory import can_be_written
from gradviz.experiment.config.toml_values import tuples_to_lists
from gradviz.experiment.own_code.object_source import source_of
from gradviz.experiment.own_code.reference import BadSource
from gradviz.tasks.task_table import TASKS


def reference_to(value: Any) -> Any:
    """A reference to the source of a function or class; text and other plain values as they are.

    Parameters
    ----------
    value : object

    Raises
    ------
    BadSource
        If it is another object, or its source cannot be had.
    """
    if isinstance(value, nn.Module):
        raise BadSource(
            f"this {type(value).__name__} is an object; give a function, or the class that makes it"
        )
    if isinstance(value, torch.optim.Optimizer):
        raise BadSource(f"this {type(value).__name__} has parameters already; give its class or a function")
    if value is None or can_be_written(value) or isinstance(value, list):
        return value
    source, name = source_of(value)
    return source.reference(name)


def given_model(value: Any) -> Any:
    """The table ``[model]`` for a function or a class that makes the model.

    Raises
    ------
    BadSource
        As `reference_to`.
    """
    if isinstance(value, functools.partial):
        return _with_options("make", value)
    return value if isinstance(value, str) else {"make": reference_to(value)}


def given_task(value: Any) -> Any:
    """The table ``[task]`` for a task, or for a function or a class that makes one.

    Parameters
    ----------
    value : object
        A task of ``gradviz.tasks``, or an object of a class whose arguments it keeps as attributes of the
        same names, such as a dataclass; or a function or a class that needs no arguments.

    Raises
    ------
    BadSource
        If it is an object that its class does not make again from these attributes, or as `reference_to`.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, functools.partial):
        return _with_options("name", value)
    if isinstance(value, type) or not hasattr(value, "batch"):
        return {"name": reference_to(value)} if callable(value) else _no_task(value)
    kind = type(value)
    options = _arguments(value)
    for name, task in TASKS.items():
        if kind is task:
            return {"name": name, **options}
    return {"name": reference_to(kind), **options}


def _with_options(key: str, value: functools.partial[Any]) -> dict[str, Any]:
    """The table for a function with options that ``functools.partial`` has given it."""
    if value.args:
        raise BadSource(
            "give the arguments of this functools.partial by name, or as options beside the function"
        )
    return {key: reference_to(value.func), **value.keywords}


def _no_task(value: Any) -> dict[str, Any]:
    raise BadSource(
        f"an object of type {type(value).__name__} is not a task: it has no batch(size, generator)"
    )


def _arguments(value: Any) -> dict[str, Any]:
    """The arguments with which its class makes an object again."""
    kind = type(value).__name__
    known = defaults_of(type(value))
    options = {name: getattr(value, name) for name in known if hasattr(value, name)}
    try:
        again = type(value)(**options)
        same = vars(again).keys() == vars(value).keys() and all(
            _equal(one, vars(again)[name]) for name, one in vars(value).items()
        )
    except Exception:  # whatever the class says to these arguments
        same = False
    if not same or not all(one is None or can_be_written(one) for one in options.values()):
        raise BadSource(
            f"this {kind} cannot be written into a file: its class does not make it again from plain "
            f"attributes with the names of its arguments ({', '.join(known) or 'it has none'}); make "
            f"{kind} a dataclass, or give a function that makes it, with its options beside it"
        )
    return tuples_to_lists(options)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    return bool(one == other)

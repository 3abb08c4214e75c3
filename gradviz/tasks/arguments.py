"""Checks of arguments: each says what came and what would work."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import torch

from gradviz.errors import UnknownName, unknown_name


def whole_number(name: str, value: object, at_least: int) -> int:
    """``value`` as an int if it is a whole number of at least ``at_least``.

    Raises
    ------
    ValueError
        When it is not; the message names the argument, what came and what would work.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < at_least:
        raise ValueError(f"{name} = {value!r}: must be a whole number of at least {at_least}")
    return int(value)


def finite_number(name: str, value: object, *, positive: bool = False, at_least: float = -math.inf) -> float:
    """``value`` as a float if it is a finite number, and above 0 or at least so much where that is asked for.

    Raises
    ------
    ValueError
        When it is not.
    """
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if not math.isfinite(number) or (positive and number <= 0) or number < at_least:
        wanted = "positive and finite" if positive else "a finite number"
        wanted += f" of at least {at_least:g}" if math.isfinite(at_least) else ""
        raise ValueError(f"{name} = {value!r}: must be {wanted}")
    return number


def true_or_false(name: str, value: object) -> bool:
    """``value`` if it is True or False, not merely something like it.

    Raises
    ------
    ValueError
        When it is not.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{name} = {value!r}: must be true or false")
    return value


def check_generator(generator: object) -> None:
    """Nothing is drawn from the global generator.

    Raises
    ------
    TypeError
        For anything but a ``torch.Generator``; None would silently mean the global one.
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator = {generator!r}: must be a torch.Generator")


def check_options(what: str, options: Mapping[str, Any], function: Callable[..., Any]) -> None:
    """Every option is one that ``function`` takes by its name, and none that it needs is missing.

    Raises
    ------
    UnknownName
        For one that it does not take.
    ValueError
        For one that is missing.
    """
    parameters = inspect.signature(function).parameters.values()
    known = [one for one in parameters if one.kind is not one.POSITIONAL_ONLY]
    names = [one.name for one in known]
    for name in options:
        if not names:
            raise UnknownName(f"{what} takes no options; it got {name!r}")
        if name not in names:
            raise unknown_name(f"option of {what}:", name, names)
    for one in known:
        if one.default is one.empty and one.name not in options:
            raise ValueError(f"{what} needs the option {one.name!r}")

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


def finite_number(name: str, value: object, *, positive: bool = False) -> float:
    """``value`` as a float if it is a finite number, and above 0 where that is asked for.

    Raises
    ------
    ValueError
        When it is not.
    """
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if not math.isfinite(number) or (positive and number <= 0):
        raise ValueError(
            f"{name} = {value!r}: must be {'positive and finite' if positive else 'a finite number'}"
        )
    return number


def need_generator(generator: object) -> None:
    """Nothing is drawn from the global generator.

    Raises
    ------
    TypeError
        For anything but a ``torch.Generator``; None would silently mean the global one.
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator = {generator!r}: must be a torch.Generator")


def need_options(what: str, options: Mapping[str, Any], function: Callable[..., Any]) -> None:
    """Every option is one that ``function`` takes by its name.

    Raises
    ------
    UnknownName
        For one that it does not take.
    """
    parameters = inspect.signature(function).parameters.values()
    known = [one.name for one in parameters if one.kind is not one.POSITIONAL_ONLY]
    for name in options:
        if not known:
            raise UnknownName(f"{what} takes no options; it got {name!r}")
        if name not in known:
            raise unknown_name(f"option of {what}:", name, known)

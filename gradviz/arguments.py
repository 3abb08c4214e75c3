"""Checks of arguments: each returns the value, or says what came and what would work."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any, TypeVar

from gradviz.errors import UnknownName, unknown_name

T = TypeVar("T")


def check_whole_number(
    name: str, value: object, *, at_least: int | None = None, at_most: int | None = None, hint: str = ""
) -> int:
    """``value`` as an int, if it is a whole number between the limits.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    value : object
        What came.
    at_least, at_most : int, optional
        Limits, both included.
    hint : str
        Appended to the message, for example ``", or None for all"``.

    Raises
    ------
    ValueError
        When it is not; the message names the argument, what came and what would work.
    """
    low = -math.inf if at_least is None else at_least
    high = math.inf if at_most is None else at_most
    if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
        if at_least is not None and at_most is not None:
            limits = f" from {at_least} to {at_most}"
        else:
            limits = _of(("at least", at_least), ("at most", at_most))
        raise ValueError(f"{name} = {value!r}: must be a whole number{limits}{hint}")
    return int(value)


def check_finite(
    name: str,
    value: object,
    *,
    at_least: float | None = None,
    above: float | None = None,
    below: float | None = None,
    hint: str = "",
) -> float:
    """``value`` as a float, if it is a finite number within the limits.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    value : object
        What came.
    at_least, above, below : float, optional
        Limits; ``at_least`` is included, the others are not.
    hint : str
        Appended to the message.

    Raises
    ------
    ValueError
        When it is not; the message names the argument, what came and what would work.
    """
    number = _as_float(value)
    too_small = (at_least is not None and number < at_least) or (above is not None and number <= above)
    if not math.isfinite(number) or too_small or (below is not None and number >= below):
        limits = _of(("at least", at_least), ("above", above), ("below", below))
        raise ValueError(f"{name} = {value!r}: must be a finite number{limits}{hint}")
    return number


def check_positive(name: str, value: object, *, hint: str = "") -> float:
    """``value`` as a float, if it is a number above 0; infinity is one.

    Raises
    ------
    ValueError
        When it is not; ``hint`` is appended to the message.
    """
    number = _as_float(value)
    if not number > 0:
        raise ValueError(f"{name} = {value!r}: must be a number above 0{hint}")
    return number


def check_bool(name: str, value: object) -> bool:
    """``value``, if it is True or False; 0 and 1 are not.

    Raises
    ------
    ValueError
        When it is not.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{name} = {value!r}: must be true or false")
    return value


def check_one_of(kind: str, value: T, names: Iterable[str]) -> T:
    """``value``, if it is one of the names.

    Parameters
    ----------
    kind : str
        What the names are names of, for example ``"task"``.
    value : object
        What came.
    names : iterable of str
        What would work.

    Raises
    ------
    UnknownName
        When it is not; the message has the nearest name and all of them.
    """
    known = list(names)
    if value not in known:
        raise unknown_name(kind, value, known)
    return value


def check_options(what: str, options: Mapping[str, Any], function: Callable[..., Any]) -> None:
    """Check that ``function`` takes every option by name, and that it needs no other.

    Parameters
    ----------
    what : str
        What the options are for, for the message.
    options : mapping of name to value
    function : callable

    Raises
    ------
    UnknownName
        For an option that the function does not take.
    ValueError
        For an option that it needs and that is missing.
    """
    parameters = inspect.signature(function).parameters.values()
    by_name = {one.name: one for one in parameters if one.kind is not one.POSITIONAL_ONLY}
    for name in options:
        if not by_name:
            raise UnknownName(f"{what} takes no options; it got {name!r}")
        check_one_of(f"option of {what}:", name, by_name)
    for name, parameter in by_name.items():
        if parameter.default is parameter.empty and name not in options:
            raise ValueError(f"{what} needs the option {name!r}")


def _as_float(value: object) -> float:
    """NaN for what is not a number."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def _of(*limits: tuple[str, float | None]) -> str:
    """`` of at least 0 and below 1``; only ``above`` and ``below`` need no "of"."""
    given = [f"{word} {limit:g}" for word, limit in limits if limit is not None]
    if not given:
        return ""
    return f" {'of ' if given[0].startswith('at') else ''}{' and '.join(given)}"

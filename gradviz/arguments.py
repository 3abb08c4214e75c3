"""Checks of arguments: each returns the value, or raises an error that says what would work."""

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
    """Return ``value`` as an int if it is a whole number within the limits.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
    at_least, at_most : int, optional
        Limits, included.
    hint : str
        Appended to the message, for example ``", or None for all"``.

    Raises
    ------
    ValueError
        If it is not; the message gives the argument, its value and what would work.
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
    """Return ``value`` as a float if it is a finite number within the limits.

    Parameters
    ----------
    name : str
        Name of the argument, for the message.
    value : object
    at_least, above, below : float, optional
        Limits; only ``at_least`` is included.
    hint : str
        Appended to the message.

    Raises
    ------
    ValueError
        If it is not; the message gives the argument, its value and what would work.
    """
    number = _as_float(value)
    too_small = (at_least is not None and number < at_least) or (above is not None and number <= above)
    if not math.isfinite(number) or too_small or (below is not None and number >= below):
        limits = _of(("at least", at_least), ("above", above), ("below", below))
        raise ValueError(f"{name} = {value!r}: must be a finite number{limits}{hint}")
    return number


def check_positive(name: str, value: object, *, hint: str = "") -> float:
    """Return ``value`` as a float if it is a number above 0; infinity is allowed.

    Raises
    ------
    ValueError
        If it is not; ``hint`` is appended to the message.
    """
    number = _as_float(value)
    if not number > 0:
        raise ValueError(f"{name} = {value!r}: must be a number above 0{hint}")
    return number


def check_bool(name: str, value: object) -> bool:
    """Return ``value`` if it is True or False; 0 and 1 are not accepted.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{name} = {value!r}: must be true or false")
    return value


def check_one_of(kind: str, value: T, names: Iterable[str]) -> T:
    """Return ``value`` if it is one of the names.

    Parameters
    ----------
    kind : str
        Kind of name, for example ``"task"``.
    value : object
    names : iterable of str

    Raises
    ------
    UnknownName
        If it is not; the message has the nearest name and all names.
    """
    known = list(names)
    if value not in known:
        raise unknown_name(kind, value, known)
    return value


def check_options(what: str, options: Mapping[str, Any], function: Callable[..., Any]) -> None:
    """Check that ``function`` accepts all options by name, and that none is missing.

    Parameters
    ----------
    what : str
        What the options belong to, for the message.
    options : mapping of name to value
    function : callable

    Raises
    ------
    UnknownName
        If the function does not accept an option.
    ValueError
        If an option without a default is missing.
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
    """The value as a float, NaN if it is not a number."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def _of(*limits: tuple[str, float | None]) -> str:
    """Words for the limits, for example ``" of at least 0 and below 1"`` or ``" above 0"``."""
    given = [f"{word} {limit:g}" for word, limit in limits if limit is not None]
    if not given:
        return ""
    return f" {'of ' if given[0].startswith('at') else ''}{' and '.join(given)}"

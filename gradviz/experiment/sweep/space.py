"""The values among which a random or guided search chooses, and choices by chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from gradviz.experiment.config.validation import Mistake, bad_value, unknown_key
from gradviz.experiment.sweep.axis import Axis, bounds, is_range, read_values

_KEYS = ("low", "high", "log")
_DIGITS = 6  # significant ones of a number, so that the last bits of a logarithm do not matter
_MOST_TRIES = 200  # for each point, to find one that was not there before


class Between(NamedTuple):
    """Numbers between two ends, which are among them.

    Attributes
    ----------
    low, high : float
    log : bool
        Whether their logarithm is equally likely.
    whole : bool
        Whether they are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False


class OneOf(NamedTuple):
    """One of several values."""

    values: tuple[Any, ...]


Dimension = Between | OneOf
Space = dict[str, Dimension]


def is_between(given: object) -> bool:
    """Whether a table gives two ends."""
    return isinstance(given, Mapping) and bool(set(given) & {"low", "high"})


def read_dimension(path: str, given: object) -> tuple[Dimension | None, list[Mistake]]:
    """One dimension of a space: a list, a range such as ``"16..64"``, or a table with ``low`` and ``high``.

    Parameters
    ----------
    path : str
        Where it stands, for a message.
    given : object
        The table may also have ``log``: true if the logarithm is to be equally likely.

    Returns
    -------
    dimension : Between or OneOf or None
        Whole numbers if both ends are. None if there are mistakes.
    mistakes : list of Mistake
    """
    if is_range(given) and bounds(str(given))[0] < bounds(str(given))[1]:
        low, high = bounds(str(given))
        return Between(low, high, whole=True), []
    if not isinstance(given, Mapping):
        values, mistakes = read_values(path, given)
        return (None, mistakes) if mistakes else (OneOf(tuple(values)), [])
    mistakes = [unknown_key(f"{path}.{key}", _KEYS) for key in given if key not in _KEYS]
    ends = [given.get("low"), given.get("high")]
    for name, end in zip(("low", "high"), ends, strict=True):
        if isinstance(end, bool) or not isinstance(end, int | float) or not math.isfinite(end):
            mistakes.append(bad_value(f"{path}.{name}", end, "must be a number"))
    if not isinstance(given.get("log", False), bool):
        mistakes.append(bad_value(f"{path}.log", given["log"], "must be true or false"))
    if mistakes:
        return None, mistakes
    low, high = given["low"], given["high"]
    if low >= high:
        return None, [bad_value(f"{path}.high", high, f"must be above low = {low!r}")]
    if given.get("log", False) and low <= 0:
        return None, [bad_value(f"{path}.low", low, "must be above 0 with log = true")]
    return Between(low, high, given.get("log", False), isinstance(low, int) and isinstance(high, int)), []


def ends_of(dimension: Dimension) -> tuple[Any, ...]:
    """The values of a dimension that have to be checked: both ends, or all."""
    return dimension.values if isinstance(dimension, OneOf) else (dimension.low, dimension.high)


def rounded(value: float) -> float:
    """A number with six significant digits."""
    return float(f"{value:.{_DIGITS}g}")


def random_axis(path: str, space: Space, *, count: int, seed: int) -> tuple[Axis, list[Mistake]]:
    """Different points of a space by chance; the same on every machine.

    Parameters
    ----------
    path : str
        Where the space stands, for a message.
    space : dict of str to Between or OneOf
        By dotted key.
    count : int
        Number of points.
    seed : int

    Returns
    -------
    axis : Axis
        Numbers that are not whole have six significant digits.
    mistakes : list of Mistake
        If the space has not so many different points.

    References
    ----------
    Bergstra and Bengio (2012), "Random search for hyper-parameter optimization".

    Examples
    --------
    >>> from gradviz.experiment.sweep.space import Between, random_axis
    >>> space = {"training.learning_rate": Between(1e-4, 1e-1, log=True)}
    >>> random_axis("sweep.random", space, count=3, seed=0)[0].places
    [(0.00814489,), (0.000644704,), (0.000132715,)]
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    found: list[tuple[Any, ...]] = []
    seen: set[str] = set()
    for _ in range(_MOST_TRIES * count):
        place = tuple(_choose(one, float(generator.random())) for one in space.values())
        if repr(place) not in seen:
            seen.add(repr(place))
            found.append(place)
        if len(found) == count:
            return Axis(tuple(space), found), []
    message = f"the space has only {len(found)} different points, or hardly more"
    return Axis(tuple(space), found), [bad_value(f"{path}.points", count, message)]


def _choose(dimension: Dimension, fraction: float) -> Any:
    """The value at a fraction in [0, 1) of a dimension."""
    if isinstance(dimension, OneOf):
        return dimension.values[int(fraction * len(dimension.values))]
    low, high = dimension.low, dimension.high + dimension.whole
    if dimension.log:
        value = math.exp(math.log(low) + fraction * (math.log(high) - math.log(low)))
    else:
        value = low + fraction * (high - low)
    if dimension.whole:
        return min(max(math.floor(value), int(dimension.low)), int(dimension.high))
    return min(max(rounded(value), dimension.low), dimension.high)

"""Facts of several runs as labelled columns along the dim ``run``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_LARGEST = 2**63


def column(values: Sequence[object]) -> np.ndarray:
    """One fact of every run as an array; None where a run does not have it.

    Parameters
    ----------
    values : sequence of number, bool, str or None

    Returns
    -------
    ndarray, shape (run,)
        Whole numbers, numbers or bools if every value is one; a missing number is NaN. Otherwise text; a
        missing text is empty.
    """
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known) and len(known) == len(values):
        return np.array(values, dtype=bool)
    if known and all(_is_number(value) for value in known):
        whole = all(isinstance(value, int) and abs(value) < _LARGEST for value in known)
        if whole and len(known) == len(values):
            return np.array(values, dtype=np.int64)
        return np.array([np.nan if value is None else float(str(value)) for value in values])
    return np.array(["" if value is None else _as_text(value) for value in values], dtype=np.str_)


def split(facts: Sequence[Mapping[str, Any]]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """What differs between runs, and what is the same in all.

    Parameters
    ----------
    facts : sequence of mapping
        Of each run; a run may lack some.

    Returns
    -------
    differing : dict of str to ndarray, shape (run,)
    same : dict of str to number or str
        Of a single run, everything. A bool is 0 or 1, since files have no bools.
    """
    names = dict.fromkeys(name for each in facts for name in each)
    differing, same = {}, {}
    for name in names:
        values = [each.get(name) for each in facts]
        if all(_equal(value, values[0]) for value in values[1:]):
            same[name] = int(values[0]) if isinstance(values[0], bool) else values[0]
        else:
            differing[name] = column(values)
    return differing, same


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(one: object, other: object) -> bool:
    """Equal, and both a bool or neither; NaN equals itself."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return one == other or (_is_nan(one) and _is_nan(other))


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)

"""Attributes in the types that netCDF can store."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

Scalar = str | int | float


def as_attribute(value: object) -> Scalar:
    """A value in a type that netCDF can store.

    Parameters
    ----------
    value : object
        Text and numbers stay as they are. A bool becomes 0 or 1, an integer beyond 64 bits its decimal text.
        Anything else becomes JSON, with ``str`` for what JSON cannot represent.

    Returns
    -------
    str, int or float
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, str | float):
        return value
    return json.dumps(value, default=str)


def can_be_stored(name: str) -> bool:
    """Whether a file can hold a variable or a group of this name: printable text, without ``/``."""
    return bool(name) and name.isprintable() and "/" not in name and name not in (".", "..")


def from_disk(attributes: dict[Any, Any]) -> dict[str, Any]:
    """Attributes read from a file, with plain Python values instead of NumPy's."""
    return {str(name): _plain(value) for name, value in attributes.items()}


def _plain(value: object) -> object:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.size == 1):
        return value.item()
    return value

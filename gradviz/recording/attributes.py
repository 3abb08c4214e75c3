"""Attributes as netCDF can hold them: text and numbers, everything else as JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

Scalar = str | int | float


def as_attribute(value: object) -> Scalar:
    """A value that netCDF can hold.

    Parameters
    ----------
    value : object
        Text and numbers stay; a truth value becomes 0 or 1; the rest is JSON, and where JSON has no form
        for it, its ``str``.

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


def from_disk(attributes: dict[Any, Any]) -> dict[str, Any]:
    """Attributes as they were before they were saved: plain text and numbers instead of numpy's."""
    return {str(name): _plain(value) for name, value in attributes.items()}


def _plain(value: object) -> object:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.size == 1):
        return value.item()
    return value

"""Arrays whose numbers a page has exactly: typed values in base64, little-endian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradviz.report.data.packed_bytes import packed, unpacked

_DTYPES = {"float64": "<f8", "float32": "<f4", "int32": "<i4"}


@dataclass(frozen=True)
class Typed:
    """An array that JSON can hold without changing a bit, NaN and infinities included.

    Attributes
    ----------
    values : ndarray of float64, float32 or int32
    dims : tuple of str
        One name for each axis.
    """

    values: np.ndarray
    dims: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.dtype.name not in _DTYPES:
            raise TypeError(f"values are {self.values.dtype.name}: must be {', '.join(_DTYPES)}")
        if len(self.dims) != self.values.ndim:
            raise ValueError(f"dims = {self.dims}: the values have {self.values.ndim} axes")

    def to_json(self) -> dict[str, Any]:
        """Keys ``dtype``, ``shape``, ``dims``, ``compression`` and ``base64``; row-major, little-endian."""
        name = self.values.dtype.name
        raw = np.ascontiguousarray(self.values, dtype=_DTYPES[name]).tobytes()
        return {"dtype": name, "shape": list(self.values.shape), "dims": list(self.dims), **packed(raw)}


def single(values: np.ndarray) -> np.ndarray:
    """Numbers as float32; those beyond its range, which no real norm reaches, become its largest ones.

    Parameters
    ----------
    values : ndarray

    Returns
    -------
    ndarray of float32, same shape
        Infinities and NaN are themselves.
    """
    given = np.asarray(values)
    if given.dtype == np.float32:
        return given
    most = float(np.finfo(np.float32).max)
    return np.where(np.isfinite(given), given.clip(-most, most), given).astype(np.float32)


def labels(values: Any, dim: str) -> Typed:
    """Labels of a dim, such as recorded training steps: int32 if they all fit, else float64.

    Parameters
    ----------
    values : array_like of numbers, shape (n,)
    dim : str

    Returns
    -------
    Typed
    """
    given = np.asarray(values)
    fits = given.dtype.kind in "iu" and (
        not given.size or max(abs(int(given.min())), int(given.max())) < 2**31
    )
    return Typed(given.astype(np.int32 if fits else np.float64), (dim,))


def read_typed(found: Mapping[str, Any]) -> np.ndarray:
    """The values of what `Typed.to_json` returned.

    Parameters
    ----------
    found : mapping

    Returns
    -------
    ndarray
    """
    return np.frombuffer(unpacked(dict(found)), dtype=_DTYPES[found["dtype"]]).reshape(found["shape"])

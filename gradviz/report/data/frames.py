"""Arrays for a colour scale: one byte for each value, with codes for what no scale can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradviz.plots.drawing.marks import MEANINGS, MISSING, NON_FINITE, UNDERFLOW, ZERO
from gradviz.plots.drawing.palette import MARKS
from gradviz.report.data.packed_bytes import packed, unpacked

LINEAR, LOG10 = "linear", "log10"
STEPS = 249
"""Codes 0 to 249 are values: low + (high - low) * code / 249."""

CODE_ZERO, CODE_UNDERFLOW, CODE_INFINITE, CODE_MINUS_INFINITE, CODE_MISSING = range(250, 255)
MARK_OF_CODE = {
    CODE_ZERO: ZERO,
    CODE_UNDERFLOW: UNDERFLOW,
    CODE_INFINITE: NON_FINITE,
    CODE_MINUS_INFINITE: NON_FINITE,
    CODE_MISSING: MISSING,
}
"""The mark, a key of ``palette.MARKS``, of every code that is not a value."""


@dataclass(frozen=True)
class Frame:
    """A quantised array.

    Attributes
    ----------
    codes : ndarray of uint8
        0 to 249 are values from `low` to `high`, evenly spaced; 250 to 254 are marks, as in ``MARK_OF_CODE``.
    dims : tuple of str
        One name for each axis.
    low, high : float
        The smallest and the largest value that is not a mark, both finite; 0 and 0 if there is none.
    scale : {"linear", "log10"}
        With "log10" the values are logarithms of norms, in decades: -inf is a norm of exactly zero.
    """

    codes: np.ndarray
    dims: tuple[str, ...]
    low: float
    high: float
    scale: str = LINEAR

    @property
    def counts(self) -> dict[str, int]:
        """Number of cells with each mark, by its name; marks that do not occur are left out."""
        counts = np.bincount(self.codes.reshape(-1), minlength=256)
        totals = dict.fromkeys(MARKS, 0)
        for code, mark in MARK_OF_CODE.items():
            totals[mark] += int(counts[code])
        return {mark: total for mark, total in totals.items() if total}

    def values(self) -> np.ndarray:
        """The values, float64, at most half a step from those quantised: (high - low) / 498.

        Exact zero is -inf (scale "log10"); infinities are themselves; underflow and missing are NaN.
        """
        found = _between(self.low, self.high, self.codes.clip(0, STEPS) / STEPS)
        found[self.codes == CODE_ZERO] = -np.inf
        found[self.codes == CODE_INFINITE] = np.inf
        found[self.codes == CODE_MINUS_INFINITE] = -np.inf
        found[(self.codes == CODE_UNDERFLOW) | (self.codes >= CODE_MISSING)] = np.nan
        return found

    def to_json(self) -> dict[str, Any]:
        """Keys ``shape``, ``dims``, ``low``, ``high``, ``scale``, ``counts``, ``compression``, ``base64``."""
        return {
            "shape": list(self.codes.shape),
            "dims": list(self.dims),
            "low": self.low,
            "high": self.high,
            "scale": self.scale,
            "counts": self.counts,
            **packed(np.ascontiguousarray(self.codes).tobytes()),
        }


def quantise(
    values: np.ndarray, dims: tuple[str, ...], *, scale: str = LINEAR, underflow: np.ndarray | None = None
) -> Frame:
    """One byte for each value.

    Parameters
    ----------
    values : ndarray of numbers
        NaN is missing, or padding.
    dims : tuple of str
    scale : {"linear", "log10"}
        With "log10" the values are logarithms in decades, and -inf is the mark of exact zero. With "linear"
        0 is a value like any other.
    underflow : ndarray of bool, same shape, optional
        Where the gradient used in training was below its float range; counts only in finite cells.

    Returns
    -------
    Frame

    Raises
    ------
    ValueError
        If the scale is unknown, or the dims are not one for each axis.
    """
    if scale not in (LINEAR, LOG10):
        raise ValueError(f"scale = {scale!r}: must be {LINEAR!r} or {LOG10!r}")
    given = np.asarray(values)
    given = given if given.dtype == np.float32 else given.astype(np.float64)
    if len(dims) != given.ndim:
        raise ValueError(f"dims = {dims}: the values have {given.ndim} axes")
    finite = np.isfinite(given)
    shown = finite if underflow is None else finite & ~np.asarray(underflow, dtype=bool)
    low, high = _ends(given, shown)
    codes = np.full(given.shape, CODE_MISSING, dtype=np.uint8)
    codes[shown] = _codes(given[shown].astype(np.float64), low, high)
    codes[finite & ~shown] = CODE_UNDERFLOW
    codes[np.isposinf(given)] = CODE_INFINITE
    codes[np.isneginf(given)] = CODE_ZERO if scale == LOG10 else CODE_MINUS_INFINITE
    return Frame(codes, tuple(dims), low, high, scale)


def read_frame(found: Mapping[str, Any]) -> Frame:
    """The frame of what `Frame.to_json` returned.

    Parameters
    ----------
    found : mapping

    Returns
    -------
    Frame
    """
    codes = np.frombuffer(unpacked(dict(found)), dtype=np.uint8).reshape(found["shape"])
    return Frame(codes, tuple(found["dims"]), found["low"], found["high"], found["scale"])


def marks_table() -> list[dict[str, Any]]:
    """Every code that is a mark, for the page: one object each.

    Returns
    -------
    list of dict
        Keys ``code``, ``name``, ``meaning``, ``colour``, ``ink`` and ``hatch`` (as matplotlib writes it).
    """
    return [
        {
            "code": code,
            "name": name,
            "meaning": MEANINGS[name],
            "colour": MARKS[name].colour,
            "ink": MARKS[name].ink,
            "hatch": MARKS[name].hatch,
        }
        for code, name in MARK_OF_CODE.items()
    ]


def _ends(values: np.ndarray, shown: np.ndarray) -> tuple[float, float]:
    if not shown.any():
        return 0.0, 0.0
    return float(np.min(values, initial=np.inf, where=shown)), float(
        np.max(values, initial=-np.inf, where=shown)
    )


def _codes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Codes of values between two ends, which may be so far apart that their difference is not a float."""
    half = high / 2 - low / 2
    if half == 0:
        return np.zeros(values.shape, dtype=np.uint8)
    return np.rint((values / 2 - low / 2) / half * STEPS).clip(0, STEPS).astype(np.uint8)


def _between(low: float, high: float, fraction: np.ndarray) -> np.ndarray:
    return np.asarray(low * (1 - fraction) + high * fraction, dtype=np.float64)

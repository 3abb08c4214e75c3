"""What is left out where a run does not fit into its budget: every n-th step, time step or unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gradviz.vocabulary import DIMENSIONS, ITERATION, STEP, TIME, UNIT

MOST_STEPS, MOST_TIMES = 400, 400
"""Gradient norms are whole up to so many training steps and time steps."""

_BASE64 = 4 / 3
_FINE = {STEP: 40, TIME: 60, UNIT: 32}
"""Of each dim, about so many values look as fine as the others: the finest dim is coarsened first."""

_NAMES = {STEP: "training steps", ITERATION: "training steps", TIME: "time steps", UNIT: "units"}


@dataclass(frozen=True)
class Thinned:
    """Positions along one dim that are kept.

    Attributes
    ----------
    dim : str
    kept : ndarray of int
        Ascending positions among `count`.
    count : int
    stride : int
        1 if all are kept.
    order : str
        In which order every n-th was taken, as "by time constant"; empty if in that of the dim.
    """

    dim: str
    kept: np.ndarray
    count: int
    stride: int = 1
    order: str = ""

    @property
    def share(self) -> str:
        """For example "every 2nd by time constant"; empty if all are kept."""
        return self._taken("") if len(self.kept) < self.count else ""

    @property
    def words(self) -> str:
        """For example "every 3rd of 200 training steps"; empty if all are kept."""
        if len(self.kept) == self.count:
            return ""
        name = _NAMES.get(self.dim, DIMENSIONS[self.dim].long_name)
        return self._taken(f" of {self.count:,} {name}")

    def _taken(self, of: str) -> str:
        number = f"every {ordinal(self.stride)}" if self.stride > 1 else f"{len(self.kept):,}"
        return f"{number}{of}{' ' if self.order else ''}{self.order}"


def ordinal(number: int) -> str:
    """A number as one counts: 2nd, 3rd, 11th, 21st."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    return f"{number}{ending}"


def every(dim: str, count: int, stride: int, keep: Iterable[int] = ()) -> Thinned:
    """Every n-th position, with the first, the last and some others.

    Parameters
    ----------
    dim : str
    count : int
    stride : int
        At least 1.
    keep : iterable of int
        Positions that stay in any case.

    Returns
    -------
    Thinned
    """
    return Thinned(dim, _with_ends(np.arange(0, count, stride), count, keep), count, stride)


def at_most(dim: str, count: int, most: int, keep: Iterable[int] = ()) -> Thinned:
    """As many positions as are allowed, evenly spaced, with the first, the last and some others.

    Parameters
    ----------
    dim : str
    count, most : int
    keep : iterable of int
        Positions that stay in any case, beyond `most`.

    Returns
    -------
    Thinned
    """
    spaced = np.rint(np.linspace(0, max(count - 1, 0), min(count, max(most, 1)))).astype(np.int64)
    return Thinned(dim, _with_ends(spaced, count, keep), count)


def _with_ends(kept: np.ndarray, count: int, keep: Iterable[int]) -> np.ndarray:
    ends = [0, count - 1] if count else []
    wanted = [*ends, *(place for place in keep if 0 <= place < count)]
    return np.union1d(kept, np.asarray(wanted, dtype=np.int64)).astype(np.int64)


def fit(sizes: dict[str, int], nbytes: int, *, each: int = 1) -> dict[str, int]:
    """Strides with which an array fits.

    Parameters
    ----------
    sizes : dict of str to int
        Of the dims that may be coarsened: "step", "time", "unit".
    nbytes : int
        Characters of base64 that are allowed.
    each : int
        Bytes of one cell of these dims: those of a value times the sizes of all other dims.

    Returns
    -------
    dict of str to int
        A stride for each dim, 1 where all is kept. The dim that is finest for its kind is coarsened first; no
        dim with several values is left with fewer than two.
    """
    strides = dict.fromkeys(sizes, 1)
    while _kept_bytes(sizes, strides, each) > nbytes:
        left = {dim: -(-size // strides[dim]) for dim, size in sizes.items()}
        free = [dim for dim in sizes if left[dim] > 2]
        if not free:
            break
        finest = max(free, key=lambda dim: left[dim] / _FINE.get(dim, 1))
        strides[finest] += 1
    return strides


def _kept_bytes(sizes: dict[str, int], strides: dict[str, int], each: int) -> float:
    kept = [min(size, -(-size // strides[dim]) + 1) for dim, size in sizes.items()]  # and the last one
    return float(np.prod(kept, dtype=float)) * each * _BASE64


def note_of(what: str, thinned: Sequence[Thinned]) -> str:
    """What was coarsened and by how much.

    Parameters
    ----------
    what : str
        For example "gates".
    thinned : sequence of Thinned

    Returns
    -------
    str
        For example "gates: every 4th of 256 units, every 3rd of 200 training steps"; empty if all is there.
    """
    parts = [each.words for each in thinned if each.words]
    return f"{what}: {', '.join(parts)}" if parts else ""

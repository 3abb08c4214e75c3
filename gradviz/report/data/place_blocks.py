"""Reads one module, layer and direction of a recording a few training steps at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from gradviz.recording.missing_dims import with_missing_dims
from gradviz.recording.tree import check_variable, module_names, select_module, select_series
from gradviz.vocabulary import CALL, DIRECTION, FORWARD, LAYER, LOG10_GRAD_H, STATE_H, STEP, TIME

BLOCK_BYTES = 32 << 20
_COUNTED_BY = (STATE_H, LOG10_GRAD_H)  # tell how many sequences each of several calls has


@dataclass(frozen=True)
class Place:
    """One module, layer and direction of a recording.

    Attributes
    ----------
    dataset : Dataset
        The whole recording of the module, with every dim; its values may be on disk.
    module : str
    layer : int
    direction : str
    """

    dataset: xr.Dataset
    module: str
    layer: int
    direction: str

    @property
    def steps(self) -> np.ndarray:
        """Recorded training steps, shape (step,)."""
        return self.labels(STEP)

    @property
    def times(self) -> np.ndarray:
        """Time steps, shape (time,)."""
        return self.labels(TIME)

    def labels(self, dim: str) -> np.ndarray:
        """The labels along a dim; numbers from 0 if it has none."""
        if dim in self.dataset.coords:
            return np.asarray(self.dataset[dim].values.reshape(-1))
        return np.arange(self.dataset.sizes.get(dim, 0))

    def require(self, variable: str) -> None:
        """Raise `BadRecording`, which says how to record it, if a variable is missing."""
        check_variable(self.dataset, variable)

    def series(self, names: Sequence[str], steps: np.ndarray | slice) -> xr.Dataset:
        """Variables of this place at some positions along ``step``, all calls together.

        Parameters
        ----------
        names : sequence of str
            Those that the recording lacks are left out.
        steps : ndarray of int or slice

        Returns
        -------
        Dataset
            As `select_series` returns it, with the dim ``step``.
        """
        wanted = [name for name in dict.fromkeys((*names, *self._counts)) if name in self.dataset]
        chosen = self.dataset[wanted].isel({STEP: steps})
        return select_series(
            chosen,
            layer=self.layer if LAYER in chosen.coords else None,
            direction=self.direction if DIRECTION in chosen.coords else None,
        )

    def blocks(self, names: Sequence[str], kept: np.ndarray) -> Iterator[tuple[np.ndarray, xr.Dataset]]:
        """The same, a few steps after the other.

        Parameters
        ----------
        names : sequence of str
        kept : ndarray of int
            Positions along ``step``, ascending.

        Yields
        ------
        ndarray of int, Dataset
            Places within `kept`, and the series there, of at most ``BLOCK_BYTES`` or one step.
        """
        each = max(1, BLOCK_BYTES // max(1, self._bytes_of_a_step(names)))
        for start in range(0, len(kept), each):
            within = np.arange(start, min(start + each, len(kept)))
            yield within, self.series(names, kept[within])

    @property
    def _counts(self) -> tuple[str, ...]:
        return _COUNTED_BY if CALL in self.dataset.dims else ()

    def _bytes_of_a_step(self, names: Sequence[str]) -> int:
        selected = (STEP, LAYER, DIRECTION)
        return sum(
            8 * int(np.prod([size for dim, size in self.dataset[name].sizes.items() if dim not in selected]))
            for name in names
            if name in self.dataset
        )


def places_of(tree: xr.DataTree) -> list[Place]:
    """Every module, layer and direction of a recording with at least one step.

    Parameters
    ----------
    tree : DataTree

    Returns
    -------
    list of Place
        Modules in recorded order, layers ascending, forward before reverse.
    """
    found = []
    for module in module_names(tree):
        dataset = with_missing_dims(select_module(tree, module=module))
        if not dataset.data_vars or dataset.sizes.get(STEP, 0) == 0:
            continue
        for layer in _labels(dataset, LAYER, 0):
            for direction in sorted(_labels(dataset, DIRECTION, FORWARD), key=lambda name: name != FORWARD):
                found.append(Place(dataset, module, int(layer), str(direction)))
    return found


def _labels(dataset: xr.Dataset, dim: str, only: object) -> list[Any]:
    return dataset[dim].values.reshape(-1).tolist() if dim in dataset.coords else [only]

"""What is diagnosed: one module at one training step, its measures at hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from gradviz.diagnosis.finding import Amount, Place
from gradviz.diagnosis.series import only_call
from gradviz.diagnosis.sources import SOURCES
from gradviz.measures.arrival import STEPS_SEEN
from gradviz.recording.tree import module_names
from gradviz.vocabulary import (
    CALL,
    CELL,
    CELLS,
    DIRECTION,
    GATE,
    LAYER,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    MODEL_IS_LAYER,
    STEP,
    TIME,
)

MANY_STEPS = 0.5  # a loss that sees more of a sequence than this hides what comes from later


class Subject:
    """One recorded module at its last recorded step, and the lag that is asked of it.

    Parameters
    ----------
    recording : DataTree
    module : str
    lag : int or None
        Time steps that the task needs, if it is known.
    """

    def __init__(self, recording: xr.DataTree, module: str, lag: int | None):
        self.recording, self.module, self.asked_lag = recording, module, lag
        whole = only_call(recording, module)
        known = whole[LOG10_GRAD_H].notnull().any([dim for dim in whole[LOG10_GRAD_H].dims if dim != STEP])
        last = int(np.flatnonzero(known.values)[-1]) if known.any() else -1
        self.dataset = whole.isel({STEP: [last]})
        self.attributes: Mapping[Any, Any] = self.dataset.attrs
        self.cell = str(self.attributes.get(CELL))
        self.calls = recording.children[module].to_dataset(inherit=False).sizes.get(CALL, 1)
        self._measured: dict[tuple[str, tuple[tuple[str, Any], ...]], xr.Dataset] = {}

    @property
    def label(self) -> str:
        """The kind of cell, for people."""
        return CELLS[self.cell].label if self.cell in CELLS else self.cell

    @property
    def layers(self) -> list[int]:
        return [int(label) for label in self.dataset[LAYER].values]

    @property
    def directions(self) -> list[str]:
        return [str(label) for label in self.dataset[DIRECTION].values]

    @cached_property
    def length(self) -> int:
        """Time steps of the longest recorded sequence."""
        norms = self.dataset[LOG10_GRAD_H]
        return int(norms.notnull().sum(TIME).max())

    @property
    def is_long_enough(self) -> bool:
        """Whether a gradient could cross the lag within one sequence."""
        return self.asked_lag is None or self.asked_lag < self.length

    @property
    def lag(self) -> int:
        """The lag that is measured over: the one asked for, or else, and at most, the longest there is."""
        return self.length - 1 if self.asked_lag is None else min(self.asked_lag, self.length - 1)

    @cached_property
    def sees_many_steps(self) -> bool:
        """Whether the loss sees so many time steps that the total gradient does not tell the memory."""
        if not self.has_direct:
            return False
        return (
            max(self.value("arrival", STEPS_SEEN, self.layers[-1], d) for d in self.directions) > MANY_STEPS
        )

    @property
    def has_direct(self) -> bool:
        return LOG10_GRAD_H_DIRECT in self.dataset

    @property
    def target(self) -> str:
        """The module in a line of code."""
        return "model" if len(module_names(self.recording)) == 1 else f"model.{self.module}"

    @property
    def layer_code(self) -> str:
        """The layer itself in a line of code."""
        is_root = bool(self.recording.attrs.get(MODEL_IS_LAYER))
        return "model" if is_root else f"model.{self.module}"

    def place(self, layer: int | None = None, direction: str | None = None, gate: str | None = None) -> Place:
        return Place(self.module, layer, direction, gate)

    def measured(self, function: str, **options: Any) -> xr.Dataset:
        """What a public measure says of the module at this step."""
        key = function, tuple(sorted(options.items()))
        if key not in self._measured:
            self._measured[key] = SOURCES[function](self.dataset, **options)
        return self._measured[key]

    def amount(
        self,
        function: str,
        variable: str,
        layer: int | None = None,
        direction: str | None = None,
        /,
        *,
        gate: str | None = None,
        name: str | None = None,
        **options: Any,
    ) -> Amount:
        """A number with its source; called as its long name says, unless a name is given."""
        values = self.measured(function, **options)[variable]
        labels = {STEP: self.dataset[STEP].item(), LAYER: layer, DIRECTION: direction, GATE: gate}
        where = {dim: label for dim, label in labels.items() if dim in values.dims and label is not None}
        return Amount(
            name=name or str(values.attrs["long_name"]),
            value=float(values.sel(where)),
            unit=str(values.attrs["units"]),
            function=function,
            variable=variable,
            options={**options, "module": self.module},
            where={**where, STEP: labels[STEP]},
        )

    def value(
        self,
        function: str,
        variable: str,
        layer: int | None = None,
        direction: str | None = None,
        /,
        *,
        gate: str | None = None,
        **options: Any,
    ) -> float:
        """The number alone; NaN counts as one that says nothing."""
        return self.amount(function, variable, layer, direction, gate=gate, **options).value

    def reading_direction(self, function: str, variable: str, layer: int, **options: Any) -> str:
        """The direction in which an amount is smallest: what one direction carries need not go by the "
        "other."""
        found = {d: self.value(function, variable, layer, d, **options) for d in self.directions}
        return min(
            found, key=lambda direction: math.inf if math.isnan(found[direction]) else found[direction]
        )


def has(subject: Subject, *variables: str) -> bool:
    """Whether all of the variables were recorded."""
    return all(name in subject.dataset for name in variables)

"""What is diagnosed: one module at one training step, its measures at hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from keyword import iskeyword
from typing import Any

import numpy as np
import xarray as xr

from gradviz.diagnosis.finding import Amount, Place
from gradviz.diagnosis.measure_functions import MEASURES
from gradviz.diagnosis.series import last_known, only_call
from gradviz.measures.by_lag import by_lag
from gradviz.measures.gradient_reach import STEPS_SEEN
from gradviz.vocabulary import (
    CALL,
    CELL,
    DIRECTION,
    GATE,
    IN_A_LOOP,
    LAG,
    LAYER,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    MODEL_IS_LAYER,
    OBSERVED,
    PROBE_KIND,
    PROBE_RANDOM,
    STEP,
    TIME,
    describe_cell,
)

MANY_STEPS = 0.5  # a loss that sees more of a sequence than this hides what comes from later


class DiagnosisContext:
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
        self.is_only_module = len(recording.children) == 1
        whole = only_call(recording, module)
        self.dataset = whole.isel({STEP: [last_known(whole, STEP)]})
        self.attributes: Mapping[Any, Any] = self.dataset.attrs
        self.cell = describe_cell(self.attributes.get(CELL))
        self.calls = recording.children[module].to_dataset(inherit=False).sizes.get(CALL, 1)
        self._measured: dict[tuple[str, tuple[tuple[str, Any], ...]], xr.Dataset] = {}
        self._amounts: dict[tuple[Any, ...], Amount] = {}

    @property
    def is_observed(self) -> bool:
        """Whether the recurrence is written by hand."""
        return bool(self.attributes.get(CELL) == OBSERVED)

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

    @cached_property
    def reach(self) -> int:
        """Time steps from where the gradient begins to the far end of its sequence, at most."""
        steps = by_lag(self.dataset[LOG10_GRAD_H]).notnull().sum(LAG)
        return max(int(steps.max()) - 1, 0)

    @property
    def lag(self) -> int:
        """The lag that is measured over: the one asked for, or else, and at most, the longest there is."""
        return self.reach if self.asked_lag is None else min(self.asked_lag, self.reach)

    @property
    def is_short_probe(self) -> bool:
        """Whether the sequences are as long as they are only because a probe made them so."""
        return bool(self.recording.attrs.get(PROBE_KIND) == PROBE_RANDOM)

    @property
    def lengths(self) -> np.ndarray:
        """Time steps of every recorded sequence, shape (sample,)."""
        norms = self.dataset[LOG10_GRAD_H].isel({STEP: 0, LAYER: 0, DIRECTION: 0})
        return np.asarray(norms.notnull().sum(TIME).values)

    def seen_sequences(self, layer: int, direction: str) -> np.ndarray:
        """Whether the loss sees any step of a sequence, shape (sample,)."""
        direct = self.dataset[LOG10_GRAD_H_DIRECT].isel({STEP: 0}).sel({LAYER: layer, DIRECTION: direction})
        return np.asarray((direct > -np.inf).any(TIME).values)

    @cached_property
    def sees_many_steps(self) -> bool:
        """Whether the loss sees so many time steps that the total gradient does not tell the memory."""
        if not self.has_direct:
            return False
        return (
            max(self.value("gradient_reach", STEPS_SEEN, self.layers[-1], d) for d in self.directions)
            > MANY_STEPS
        )

    @property
    def is_cell(self) -> bool:
        """Whether it is called once a step, in a loop, as ``nn.LSTMCell`` is."""
        return bool(self.attributes.get(IN_A_LOOP))

    @property
    def has_direct(self) -> bool:
        return LOG10_GRAD_H_DIRECT in self.dataset

    @property
    def target(self) -> str:
        """The module in a line of code."""
        return "model" if self.is_only_module else _in_model(self.module)

    @property
    def layer_code(self) -> str:
        """The layer itself in a line of code."""
        is_root = bool(self.recording.attrs.get(MODEL_IS_LAYER))
        return "model" if is_root else _in_model(self.module)

    def plot(self, name: str, *options: str) -> str:
        """The call that draws what shows it; ``tree`` is the recording."""
        chosen = () if self.is_only_module else (f"module={self.module!r}",)
        return f"gv.plot_{name}({', '.join(('tree', *chosen, *options))})"

    def place(self, layer: int | None = None, direction: str | None = None, gate: str | None = None) -> Place:
        return Place(self.module, layer, direction, gate)

    def measured(self, function: str, **options: Any) -> xr.Dataset:
        """What a public measure says of the module at this step."""
        key = function, tuple(sorted(options.items()))
        if key not in self._measured:
            self._measured[key] = MEASURES[function](self.dataset, **options)
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
        **options: Any,
    ) -> Amount:
        """A number with its source, named by its long name."""
        key = function, variable, layer, direction, gate, *sorted(options.items())
        if key in self._amounts:
            return self._amounts[key]
        values = self.measured(function, **options)[variable]
        labels = {STEP: self.dataset[STEP].item(), LAYER: layer, DIRECTION: direction, GATE: gate}
        where = {dim: label for dim, label in labels.items() if dim in values.dims and label is not None}
        self._amounts[key] = Amount(
            name=str(values.attrs["long_name"]),
            value=float(values.sel(where)),
            unit=str(values.attrs["units"]),
            function=function,
            variable=variable,
            options={**options, "module": self.module},
            where={**where, STEP: labels[STEP]},
        )
        return self._amounts[key]

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
        """The direction in which an amount is smallest: what one carries need not go by the other."""
        found = {d: self.value(function, variable, layer, d, **options) for d in self.directions}
        return min(
            found, key=lambda direction: math.inf if math.isnan(found[direction]) else found[direction]
        )


def largest(amounts: Iterable[Amount]) -> Amount:
    """The largest amount; one that says nothing (NaN) only if none says anything."""
    return max(amounts, key=lambda amount: -math.inf if math.isnan(amount.value) else amount.value)


def _in_model(module: str) -> str:
    """A dotted name as Python reads it: the parts of a list by their number."""
    return "model" + "".join(map(_attribute, module.split(".")))


def _attribute(part: str) -> str:
    if part.isdigit():
        return f"[{part}]"
    return f".{part}" if part.isidentifier() and not iskeyword(part) else f"._modules[{part!r}]"


def has(context: DiagnosisContext, *variables: str) -> bool:
    """Whether all of the variables were recorded."""
    return all(name in context.dataset for name in variables)

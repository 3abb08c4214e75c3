"""One module at one training step, with the facts that the checks need."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.diagnosis.diagnosed_step import diagnosed_step
from gradviz.diagnosis.finding import Amount, Place
from gradviz.diagnosis.measure_functions import MEASURES
from gradviz.diagnosis.names_in_code import in_model
from gradviz.diagnosis.thresholds import LAG_TOLERANCE, MOST_STEPS
from gradviz.measures.by_lag import values_by_lag
from gradviz.measures.gradient_across_lag import LOST
from gradviz.measures.gradient_along_path import LOST_ON_PATH
from gradviz.measures.gradient_reach import STEPS_SEEN
from gradviz.measures.lag import reverse_along
from gradviz.measures.passing_gradient import passing_gradient
from gradviz.recording.call_facts import last_fact, with_recorded_samples
from gradviz.recording.forward_only import is_forward_only
from gradviz.vocabulary import (
    BATCH_SIZE,
    CALL,
    CONTINUES,
    DIRECTION,
    GATE,
    IN_A_LOOP,
    LAYER,
    LOG10_GRAD_H,
    LOG10_GRAD_H_DIRECT,
    MODEL_IS_LAYER,
    PROBE_KIND,
    PROBE_RANDOM,
    SAMPLE,
    STATE_H,
    STEP,
    TIME,
    TIME_OFFSET,
)


class DiagnosisContext:
    """One module at one recorded step, with all of its calls, and the lag that the task needs.

    Parameters
    ----------
    recording : DataTree
    module : str
    lag : int or None
        Time steps that the task needs, if known.
    step : int, optional
        A recorded training step; by default the last one with any gradient.
    """

    def __init__(self, recording: xr.DataTree, module: str, lag: int | None, *, step: int | None = None):
        self.recording, self.module, self.required_lag = recording, module, lag
        self.is_only_module = len(recording.children) == 1
        self.dataset = with_recorded_samples(diagnosed_step(recording, module, step=step))
        self.attributes: Mapping[Any, Any] = self.dataset.attrs
        self.cell = cell_of(self.attributes)
        self._measured: dict[tuple[str, tuple[tuple[str, Any], ...]], xr.Dataset] = {}
        self._amounts: dict[tuple[Any, ...], Amount] = {}

    @property
    def is_observed(self) -> bool:
        """Whether the recurrence is written by hand."""
        return self.cell.is_observed

    @property
    def has_total(self) -> bool:
        """Whether the total gradient was recorded; not if the states were computed all at once."""
        return LOG10_GRAD_H in self.dataset

    @property
    def is_cell(self) -> bool:
        """Whether the module is a cell, called once per time step in a loop, such as ``nn.LSTMCell``."""
        return bool(self.attributes.get(IN_A_LOOP))

    @property
    def is_random_probe(self) -> bool:
        """Whether `gradviz.probe` made the input, so that the sequences are only as long as it made them."""
        return bool(self.recording.attrs.get(PROBE_KIND) == PROBE_RANDOM)

    @cached_property
    def layers(self) -> list[int]:
        return [int(label) for label in self.dataset[LAYER].values]

    @cached_property
    def directions(self) -> list[str]:
        return [str(label) for label in self.dataset[DIRECTION].values]

    @cached_property
    def places(self) -> list[tuple[int, str]]:
        """Every layer with every direction."""
        return [(layer, direction) for layer in self.layers for direction in self.directions]

    @cached_property
    def sequences_of_calls(self) -> list[np.ndarray]:
        """For each call of the module in this step, which recorded sequences it has, shape (sample,)."""
        norms = self.dataset[LOG10_GRAD_H if self.has_total else STATE_H]
        recorded = norms.notnull().any([dim for dim in norms.dims if dim != SAMPLE]).values
        calls = self.dataset[CALL].values if CALL in self.dataset.coords else 0
        calls = np.broadcast_to(calls, recorded.shape)
        return [(calls == call) & recorded for call in np.unique(calls[recorded])]

    @property
    def calls(self) -> int:
        """How many calls of the module the step has."""
        return len(self.sequences_of_calls)

    @property
    def has_gradients(self) -> bool:
        """Whether gradients were recorded, and not forward passes only."""
        return not is_forward_only(self.dataset)

    @cached_property
    def passing(self) -> xr.DataArray:
        """The gradient that passes each time step, or without gradients its state's norm; NaN at padding."""
        return passing_gradient(self.dataset) if self.has_gradients else self.dataset[STATE_H]

    @cached_property
    def length(self) -> int:
        """Time steps of the longest recorded sequence, without padding."""
        steps = self.passing if self.has_total else self.dataset[STATE_H]
        return int(steps.notnull().sum(TIME).max())

    @property
    def batch_size(self) -> int:
        """Sequences in the batch, recorded or not."""
        return int(last_fact(self.dataset, BATCH_SIZE, self.dataset.sizes[SAMPLE]))

    @cached_property
    def longest_lag(self) -> int:
        """Largest number of time steps from where a gradient begins to the far end of its sequence."""
        if not self.has_total:
            return 0
        rows = self.passing.variable.transpose(..., SAMPLE, TIME)
        aligned = values_by_lag(rows.values, reverse_along(self.dataset, rows.dims))
        return max(int((~np.isnan(aligned)).sum(-1).max()) - 1, 0)

    @cached_property
    def chained_lag(self) -> int:
        """The longest lag with the time steps of the modules that it continues, or that continue it."""
        step = self.dataset[STEP].item()
        after = [
            with_recorded_samples(diagnosed_step(self.recording, name, step=step))
            for name, other in self.recording.children.items()
            if other.attrs.get(CONTINUES) == self.module and step in other.to_dataset()[STEP].values
        ]
        lengths = [int(passing_gradient(other).notnull().sum(TIME).max()) for other in after]
        before = self.dataset[TIME_OFFSET].fillna(0).max() if TIME_OFFSET in self.dataset else 0
        return self.longest_lag + int(before) + max(lengths, default=0)

    @property
    def begins_early(self) -> bool:
        """Whether the loss reads a step before the last one of every sequence."""
        return self.longest_lag < self.length - 1

    @property
    def is_long_enough(self) -> bool:
        """Whether the sequences allow the required lag, which people give as their length, or one more."""
        tolerance = LAG_TOLERANCE if self.chained_lag > 0 and not self.begins_early else 0
        return self.chained_lag + tolerance >= (self.required_lag or 0)

    @property
    def measured_lag(self) -> int:
        """The lag to measure over: the required one, but at most the longest, which is also the default.

        With two directions every input lies in the nearer half of one of them, so that without a required
        lag half of the longest is measured.
        """
        if self.required_lag is None:
            return self.longest_lag // 2 if len(self.directions) > 1 else self.longest_lag
        return min(self.required_lag, self.longest_lag)

    @property
    def has_direct(self) -> bool:
        """Whether the direct gradient was recorded."""
        return LOG10_GRAD_H_DIRECT in self.dataset

    @cached_property
    def has_loss_on_most_steps(self) -> bool:
        """Whether the loss enters at so many time steps that the total gradient does not show the memory."""
        if not self.has_direct:
            return False
        layer = self.layers[-1]
        return max(self.value("gradient_reach", STEPS_SEEN, layer, d) for d in self.directions) > MOST_STEPS

    @cached_property
    def gradient_lost(self) -> Amount | None:
        """Decades of gradient lost over the lag in the first layer, which reads the input.

        Of two directions, by the one that carries more to that input, since it is enough if one does. None
        where the gradient does not show it.
        """
        if not self.has_gradients or self.measured_lag < 1 or self.has_loss_on_most_steps:
            return None
        if len(self.directions) > 1:
            if not bool((self.passing.sel({LAYER: self.layers[0]}) > -math.inf).any()):
                return None  # none arrives at all, so that it begins nowhere
            amount = self.amount("gradient_along_path", LOST_ON_PATH, lag=self.measured_lag)
        else:
            place = self.layers[0], self.directions[0]
            amount = self.amount("gradient_across_lag", LOST, *place, lag=self.measured_lag)
        return None if math.isnan(amount.value) else amount

    def read_by_loss(self, layer: int, direction: str) -> np.ndarray:
        """Whether any step of a sequence has a direct gradient, shape (sample,)."""
        direct = self.dataset[LOG10_GRAD_H_DIRECT].isel({STEP: 0}).sel({LAYER: layer, DIRECTION: direction})
        return np.asarray((direct > -np.inf).any(TIME).values)

    @property
    def target(self) -> str:
        """What to initialise, in a line of code: the model, or one of its several modules."""
        return "model" if self.is_only_module else in_model(self.module)

    @property
    def target_module(self) -> str:
        """The same as an option of a `Change`: empty for the whole model."""
        return "" if self.is_only_module else self.module

    @property
    def layer_code(self) -> str:
        """The layer itself in a line of code."""
        is_root = bool(self.recording.attrs.get(MODEL_IS_LAYER))
        return "model" if is_root else in_model(self.module)

    def plot(self, name: str, *options: str) -> str:
        """The call that draws ``gv.plot_<name>``; ``tree`` is the recording."""
        chosen = () if self.is_only_module else (f"module={self.module!r}",)
        return f"gv.plot_{name}({', '.join(('tree', *chosen, *options))})"

    def place(self, layer: int | None = None, direction: str | None = None, gate: str | None = None) -> Place:
        return Place(self.module, layer, direction, gate)

    def has_variables(self, *names: str) -> bool:
        """Whether all of the variables were recorded."""
        return all(name in self.dataset for name in names)

    def measured(self, function: str, **options: Any) -> xr.Dataset:
        """Result of a public measure for the module at this step; calculated once."""
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
        """A number of a public measure, with its name, unit and source."""
        key = function, variable, layer, direction, gate, *sorted(options.items())
        if key in self._amounts:
            return self._amounts[key]
        measured = self.measured(function, **options)
        values = measured.variables[variable]
        labels = {STEP: self.dataset[STEP].item(), LAYER: layer, DIRECTION: direction, GATE: gate}
        where = {dim: label for dim, label in labels.items() if dim in values.dims and label is not None}
        self._amounts[key] = Amount(
            name=str(values.attrs["long_name"]),
            value=_at(measured, variable, where),
            unit=str(values.attrs["units"]),
            function=function,
            variable=variable,
            options={**options, "module": self.module},
            where={**where, STEP: labels[STEP]},
        )
        return self._amounts[key]

    def value(self, function: str, variable: str, *place: Any, **options: Any) -> float:
        """The number alone; arguments as for `amount`."""
        return self.amount(function, variable, *place, **options).value


def _at(measured: xr.Dataset, variable: str, where: Mapping[str, Any]) -> float:
    """The number at labels of its dims; selecting in the bare array takes a tenth of the time."""
    values = measured.variables[variable]
    place = [measured.variables[dim].values.tolist().index(where[str(dim)]) for dim in values.dims]
    return float(values.values[tuple(place)])

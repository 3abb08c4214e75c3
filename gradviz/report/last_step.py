"""What the last recorded step of a module says in short: gradient over time, gates, odd values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import SQUASH, cell_of
from gradviz.diagnosis.finding import Place
from gradviz.errors import BadRecording
from gradviz.measures.log10_mean import log10_mean
from gradviz.measures.not_finite import GRADIENTS, INPUTS, STATES, not_finite
from gradviz.measures.saturation import LEFT, RIGHT, saturation
from gradviz.measures.underflow_fraction import FRACTION, underflow_fraction
from gradviz.recording.known_gradient import known_gradient
from gradviz.recording.missing_dims import with_missing_dims
from gradviz.recording.tree import select_call
from gradviz.vocabulary import DIRECTION, GATE, LAYER, SAMPLE, STEP, TIME, UNDERFLOW

ZERO, BELOW = "gradient exactly zero", "gradient below the float range"
LOST_STATES = "states not finite"
_ODD = {GRADIENTS: "gradient not finite", STATES: LOST_STATES, INPUTS: "input not finite"}


class Extreme(NamedTuple):
    """A value over time, and its time step."""

    log10: float
    time: int


class GradientOverTime(NamedTuple):
    """The largest and the smallest gradient of a layer and direction; None if no step has a finite one."""

    where: str
    largest: Extreme | None
    smallest: Extreme | None

    @property
    def decades(self) -> float:
        """How far they are apart; -inf if they are not known."""
        if self.largest is None or self.smallest is None:
            return -math.inf
        return self.largest.log10 - self.smallest.log10


class Fraction(NamedTuple):
    """A part of all values, in [0, 1]."""

    what: str
    where: str
    value: float


def last_step(dataset: xr.Dataset) -> xr.Dataset:
    """The last recorded step of a module, with every dim but ``call``; all its sequences along ``sample``.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    Dataset
        Values on disk are read for this step only.
    """
    one = dataset.isel({STEP: slice(-1, None)}) if STEP in dataset.dims else dataset
    return with_missing_dims(select_call(one))


def gradients_over_time(name: str, dataset: xr.Dataset) -> Iterator[GradientOverTime]:
    """For every layer and direction, from the mean of the norms over sequences.

    Parameters
    ----------
    name : str
        Of the module.
    dataset : Dataset
        As `last_step` returns it.

    Yields
    ------
    GradientOverTime

    Raises
    ------
    BadRecording
        If no gradient was recorded.
    """
    norms = log10_mean(known_gradient(dataset), SAMPLE)
    times = norms[TIME].values if TIME in norms.coords else np.arange(norms.sizes[TIME])
    for where, curve in _layers(name, norms):
        values = curve.values.reshape(-1).astype(np.float64)
        known = np.flatnonzero(np.isfinite(values))
        if not known.size:
            yield GradientOverTime(where, None, None)
            continue
        most, least = known[values[known].argmax()], known[values[known].argmin()]
        yield GradientOverTime(
            where,
            Extreme(float(values[most]), int(times[most])),
            Extreme(float(values[least]), int(times[least])),
        )


def saturated_gates(name: str, dataset: xr.Dataset) -> Iterator[Fraction]:
    """How much of each gate is saturated on each side, for every layer and direction.

    Parameters
    ----------
    name : str
    dataset : Dataset
        As `last_step` returns it.

    Yields
    ------
    Fraction

    Raises
    ------
    BadRecording
        If the gates were not recorded.
    """
    found, squash = saturation(dataset), cell_of(dataset.attrs).squash
    for side in (LEFT, RIGHT):
        for where, gates in _layers(name, found[side]):
            labels = gates[GATE].values.reshape(-1).tolist() if GATE in gates.coords else []
            for gate, value in zip(labels, gates.values.reshape(-1).tolist(), strict=False):
                bounds = SQUASH.get(squash.get(gate, ""), SQUASH["sigmoid"])
                limit = f"below {bounds.low:g}" if side == LEFT else f"above {bounds.high:g}"
                at = "at zero" if side == LEFT and bounds.low == bounds.range[0] else limit
                yield Fraction(f"{gate} {at}", where, value)


def odd_values(name: str, dataset: xr.Dataset) -> Iterator[Fraction]:
    """How much of the gradient is exactly zero or below the float range, and what is not finite.

    Parameters
    ----------
    name : str
    dataset : Dataset
        As `last_step` returns it.

    Yields
    ------
    Fraction
        For every layer and direction; what was not recorded is left out.
    """
    try:
        norms = known_gradient(dataset)
    except BadRecording:  # of forward passes only, or not selected
        norms = None
    if norms is not None:
        is_lost = dataset[UNDERFLOW] > 0 if UNDERFLOW in dataset else False
        zero = ((norms == -np.inf) & ~xr.DataArray(is_lost)).where(norms.notnull()).mean((TIME, SAMPLE))
        yield from (Fraction(ZERO, where, _largest(part)) for where, part in _layers(name, zero))
    if UNDERFLOW in dataset:
        below = underflow_fraction(dataset)[FRACTION]
        yield from (Fraction(BELOW, where, _largest(part)) for where, part in _layers(name, below))
    try:
        found = not_finite(dataset)
    except BadRecording:
        return
    for variable, what in _ODD.items():
        if variable in found:
            yield from (Fraction(what, where, _largest(p)) for where, p in _layers(name, found[variable]))


def _layers(name: str, values: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """Each layer and direction, with its name; the layer is named if there are several."""
    for layer in range(values.sizes.get(LAYER, 1)):
        for direction in range(values.sizes.get(DIRECTION, 1)):
            place = {LAYER: layer, DIRECTION: direction}
            part = values.isel({dim: at for dim, at in place.items() if dim in values.dims})
            named = _label(part, LAYER) if values.sizes.get(LAYER, 1) > 1 else None
            yield str(Place(name, named, _label(part, DIRECTION))), part


def _label(values: xr.DataArray, dim: str) -> Any:
    return values[dim].item() if dim in values.coords and values[dim].size == 1 else None


def _largest(values: xr.DataArray) -> float:
    return float(np.fmax.reduce(values.values.reshape(-1), initial=np.nan))

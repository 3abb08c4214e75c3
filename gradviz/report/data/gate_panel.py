"""Activations of every gate by unit and time step, over the training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import cell_of
from gradviz.measures.without_overflow import without_overflow
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.plots.unit_order import units_by_time_constant
from gradviz.report.data.coarsen import Thinned, every, fit, note_of
from gradviz.report.data.frames import quantise
from gradviz.report.data.missing import Missing, or_missing
from gradviz.report.data.panels import Gates
from gradviz.report.data.place_blocks import BLOCK_BYTES, Place
from gradviz.report.data.typed import labels, single
from gradviz.vocabulary import GATE, GATES, SAMPLE, STEP, TIME, UNIT, UNIT_MEAN

RECORDED, BY_TIME_CONSTANT = "recorded", "time_constant"


def gates(place: Place, nbytes: int, keep_steps: Sequence[int] = ()) -> Gates:
    """The gates of a place, means over sequences.

    Parameters
    ----------
    place : Place
    nbytes : int
        Characters of base64 that they may take; units, training steps and time steps are left out for it.
    keep_steps : sequence of int
        Positions along ``step`` that stay in any case.

    Returns
    -------
    Gates

    Raises
    ------
    BadRecording
        If they were not recorded.
    """
    place.require(GATES)
    names = [str(name) for name in gates_in_order(place.dataset[[GATES]])[GATE].values]
    order = or_missing(UNIT_MEAN, lambda: by_time_constant(place))
    steps, times, units = chosen_cells(place, nbytes, len(names), keep_steps, order)
    values = mean_gates(place, steps.kept, times.kept, units.kept)
    kept = units.kept.tolist()
    return Gates(
        gates=names,
        squash=squash_of(place, names),
        steps=labels(place.steps[steps.kept], STEP),
        times=labels(place.times[times.kept], TIME),
        units=labels(place.labels(UNIT)[units.kept], UNIT),
        frame=quantise(values, (STEP, GATE, TIME, UNIT)),
        orders={
            RECORDED: list(range(len(kept))),
            BY_TIME_CONSTANT: order
            if isinstance(order, Missing)
            else [kept.index(unit) for unit in order if unit in set(kept)],
        },
        units_kept=units.share,
        note=note_of("gates", [units, steps, times]),
    )


def squash_of(place: Place, names: Sequence[str]) -> dict[str, str]:
    """The squashing function of every gate of a place, by its name; empty text if it is not known.

    Parameters
    ----------
    place : Place
    names : sequence of str
        Of the gates.

    Returns
    -------
    dict of str to str
    """
    known = cell_of(place.dataset.attrs).squash
    return {name: str(known.get(name, "")) for name in names}


def chosen_cells(
    place: Place,
    nbytes: int,
    each: int,
    keep_steps: Sequence[int] = (),
    order: Sequence[int] | Missing = (),
) -> tuple[Thinned, Thinned, Thinned]:
    """Which training steps, time steps and units of a place fit.

    Parameters
    ----------
    place : Place
    nbytes : int
        Characters of base64 that are allowed.
    each : int
        Bytes for one training step, time step and unit.
    keep_steps : sequence of int
    order : sequence of int, or Missing
        Positions of units; every n-th is taken in this order, so that all kinds of units stay.

    Returns
    -------
    steps, times, units : Thinned
    """
    sizes = {STEP: len(place.steps), TIME: len(place.times), UNIT: len(place.labels(UNIT))}
    strides = fit(sizes, nbytes, each=each)
    steps = every(STEP, sizes[STEP], strides[STEP], keep_steps)
    times = every(TIME, sizes[TIME], strides[TIME])
    units = every(UNIT, sizes[UNIT], strides[UNIT])
    if not isinstance(order, Missing) and len(order) == sizes[UNIT]:
        kept = np.sort(np.asarray(order, dtype=np.int64)[units.kept])
        units = Thinned(UNIT, kept, units.count, units.stride, "by time constant")
    return steps, times, units


def by_time_constant(place: Place) -> list[int]:
    """Positions of units, shortest time constant at the last step first.

    Parameters
    ----------
    place : Place

    Returns
    -------
    list of int

    Raises
    ------
    BadRecording
        If the cell has no gate that keeps its state.
    """
    place.require(UNIT_MEAN)
    last = place.series([UNIT_MEAN], np.array([len(place.steps) - 1]))
    ordered = units_by_time_constant(last)["recorded_unit"].values.tolist()
    recorded = place.labels(UNIT).tolist()
    return [recorded.index(unit) for unit in ordered]


def mean_gates(place: Place, steps: np.ndarray, times: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Means over sequences, float32, shape (step, gate, time, unit).

    Parameters
    ----------
    place : Place
    steps, times, units : ndarray of int
        Positions along each dim.

    Returns
    -------
    ndarray
    """
    found = np.full((len(steps), place.dataset.sizes[GATE], len(times), len(units)), np.nan, dtype=np.float32)
    for within, series in place.blocks([GATES], steps):
        for some in _time_blocks(series[GATES], times):
            first = int(times[some[0]])
            # whole stretches are read from a file many times faster than every n-th time step
            stretch = series[[GATES]].isel({TIME: slice(first, int(times[some[-1]]) + 1)}).load()
            chosen = gates_in_order(stretch)[GATES].isel({TIME: times[some] - first, UNIT: units})
            mean = without_overflow(chosen, lambda block: block.mean(SAMPLE, skipna=True))
            ordered = single(mean.transpose(STEP, GATE, TIME, UNIT).values)
            found[within[:, None], :, some[None, :], :] = np.moveaxis(ordered, 1, 2)
    return found


def _time_blocks(part: xr.DataArray, times: np.ndarray) -> list[np.ndarray]:
    """Places among the kept time steps, of so few that the stretch which they span fits into memory."""
    parts = max(1, -(-8 * part.size // BLOCK_BYTES))
    return [some for some in np.array_split(np.arange(len(times)), parts) if len(some)]

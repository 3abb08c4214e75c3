"""Panels with a value for each unit: saturated fractions and time constants."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from gradviz.cell_descriptions import cell_of, saturation_in_words
from gradviz.measures.saturation import LEFT, RIGHT
from gradviz.measures.time_constants import TIME_CONSTANT, time_constants
from gradviz.measures.unit_saturation import unit_saturation
from gradviz.plots.drawing.gate_order import gates_in_order
from gradviz.report.data.coarsen import Thinned, every, fit, note_of
from gradviz.report.data.frames import quantise
from gradviz.report.data.panels import MostSaturated, Saturation, TimeConstants
from gradviz.report.data.place_blocks import Place
from gradviz.report.data.typed import Typed, labels, single
from gradviz.vocabulary import GATE, STEP, UNIT, UNIT_LEFT, UNIT_MEAN, UNIT_RIGHT


def saturation(place: Place, nbytes: int, keep_steps: Sequence[int] = ()) -> Saturation:
    """How often each unit's gate is saturated, left and right.

    Parameters
    ----------
    place : Place
    nbytes : int
        Characters of base64 that it may take.
    keep_steps : sequence of int
        Positions along ``step`` that stay in any case.

    Returns
    -------
    Saturation

    Raises
    ------
    BadRecording
        If it was not recorded.
    """
    place.require(UNIT_LEFT)
    place.require(UNIT_RIGHT)
    below, above = saturation_in_words(cell_of(place.dataset.attrs))
    steps, units = _chosen(place, nbytes, 2 * place.dataset.sizes[GATE], keep_steps)
    left, right, most, names = [], [], [], [""]
    for _, series in place.blocks([UNIT_LEFT, UNIT_RIGHT, UNIT_MEAN], steps.kept):
        found = unit_saturation(series)
        if UNIT_MEAN in series:  # what is not a number is at neither end, and is not within them
            found = found.where(np.isfinite(series[UNIT_MEAN]))
        found = gates_in_order(found[[LEFT, RIGHT]]).transpose(STEP, GATE, UNIT, missing_dims="ignore")
        left.append(found[LEFT].values[..., units.kept])
        right.append(found[RIGHT].values[..., units.kept])
        most += _most_saturated(found)
        names = [str(name) for name in found[GATE].values]
    return Saturation(
        gates=names,
        steps=labels(place.steps[steps.kept], STEP),
        units=labels(place.labels(UNIT)[units.kept], UNIT),
        left=quantise(np.concatenate(left), (STEP, GATE, UNIT)),
        right=quantise(np.concatenate(right), (STEP, GATE, UNIT)),
        left_meaning=f"fraction of time {below}",
        right_meaning=f"fraction of time {above}",
        most=most,
        note=note_of("saturation", [units, steps]),
    )


def unit_time_constants(place: Place, nbytes: int, keep_steps: Sequence[int] = ()) -> TimeConstants:
    """Time constants of the units of a place, from the mean of the gate that keeps their state.

    Parameters
    ----------
    place : Place
    nbytes : int
    keep_steps : sequence of int

    Returns
    -------
    TimeConstants

    Raises
    ------
    BadRecording
        If the cell has no such gate, or it was not recorded.
    """
    place.require(UNIT_MEAN)
    steps, units = _chosen(place, nbytes, 4, keep_steps)
    values, medians, name, unit = [], [], "", ""
    for _, series in place.blocks([UNIT_MEAN], steps.kept):
        found = time_constants(series)[TIME_CONSTANT].transpose(STEP, UNIT)
        values.append(single(found.values[:, units.kept]))
        medians.append(single(_medians(found.values)))
        name, unit = str(found.attrs["long_name"]), str(found.attrs["units"])
    return TimeConstants(
        gate=str(cell_of(place.dataset.attrs).keeps),
        long_name=name,
        units_of_value=unit,
        steps=labels(place.steps[steps.kept], STEP),
        units=labels(place.labels(UNIT)[units.kept], UNIT),
        values=Typed(np.concatenate(values), (STEP, UNIT)),
        medians=Typed(np.concatenate(medians), (STEP,)),
        note=note_of("time constants", [units, steps]),
    )


def _most_saturated(found: xr.Dataset) -> list[MostSaturated | None]:
    """For each training step, of fractions with dims (step, gate, unit)."""
    both = (found[LEFT] + found[RIGHT]).values
    named: list[MostSaturated | None] = []
    for fractions in np.where(np.isfinite(both), both, -1.0):
        gate, unit = np.unravel_index(fractions.argmax(), fractions.shape)
        share = float(fractions[gate, unit])
        known = MostSaturated(str(found[GATE].values[gate]), int(found[UNIT].values[unit]), min(share, 1.0))
        named.append(known if share >= 0 else None)
    return named


def _medians(values: np.ndarray) -> np.ndarray:
    """Medians over the units of each training step that are known; infinite ones count."""
    rows = [row[~np.isnan(row)] for row in values]
    return np.array([np.median(row) if len(row) else np.nan for row in rows])


def _chosen(place: Place, nbytes: int, each: int, keep_steps: Sequence[int]) -> tuple[Thinned, Thinned]:
    sizes = {STEP: len(place.steps), UNIT: len(place.labels(UNIT))}
    strides = fit(sizes, nbytes, each=each)
    return every(STEP, sizes[STEP], strides[STEP], keep_steps), every(UNIT, sizes[UNIT], strides[UNIT])

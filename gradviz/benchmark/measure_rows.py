"""Rows of the table of limits about what reads a recording: every measure, and a large heatmap."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import numpy as np
import xarray as xr

import gradviz
from gradviz.benchmark.many_steps import many_steps
from gradviz.benchmark.row import Row, row_of
from gradviz.errors import BadRecording
from gradviz.vocabulary import DIRECTION, FORWARD, LAYER, LOG10_GRAD_H, SAMPLE, STEP, TIME

MEASURES, HEATMAP = "Measures", "Plots"
_MOST_SECONDS, _MOST_HEATMAP = 2.0, 1.0
_STEPS, _LENGTH = 2_000, 200
_QUICK = 0.1  # seconds; of the measures below it only the slowest has a row
_SEVERAL, _TIMES = 0.7, 3  # seconds below which a measure is timed that often
_OF_SEVERAL_MODULES = {"lag_across"}  # it needs two modules that read the same sequence

Clock = Callable[[], float]


def measures() -> dict[str, Callable[[xr.Dataset], object]]:
    """Every public measure of one recording, by name."""
    homes = gradviz._HOME_OF
    return {
        name: getattr(gradviz, name)
        for name, home in homes.items()
        if home.startswith("gradviz.measures") and name not in _OF_SEVERAL_MODULES
    }


def rows_of_measures(
    *,
    steps: int = _STEPS,
    length: int = _LENGTH,
    clock: Clock = time.perf_counter,
    on_begin: Callable[[str], object] = lambda _: None,
) -> Iterator[Row]:
    """Time every measure on a recording of norms in memory, 16 samples.

    Parameters
    ----------
    steps : int
        Training steps.
    length : int
        Time steps.
    clock : callable ``() -> seconds``
    on_begin : callable
        Called with what is measured next.

    Yields
    ------
    Row
        One for each measure that takes a tenth of a second, and one for the slowest of the others.  What
        needs something that the recording does not have, such as ``detail="full"``, is named beside it.
    """
    on_begin("measures: make a recording")
    recording = many_steps(steps, length)
    quick: list[Row] = []
    refused = []
    for name, measure in measures().items():
        on_begin(f"measures: {name}")
        try:
            measure(recording.isel({STEP: slice(0, 3)}))  # imports what it needs
            seconds = _seconds(lambda measure=measure: measure(recording), clock)  # type: ignore[misc]
        except BadRecording:
            refused.append(name)
            continue
        row = row_of(MEASURES, name, seconds, unit="s", limit=_MOST_SECONDS)
        if row.median < _QUICK:
            quick.append(row)
        else:
            yield row
    if quick:
        slowest = max(quick, key=lambda row: row.median)
        what = f"the slowest of {len(quick)} others, {slowest.what}"
        not_timed = f"without data for: {', '.join(refused)}" if refused else ""
        values = (slowest.low, slowest.median, slowest.high)
        yield Row(MEASURES, what, *values, "s", slowest.runs, _MOST_SECONDS, beside=not_timed)


def row_of_heatmap(*, steps: int = _STEPS, length: int = 1_000, clock: Clock = time.perf_counter) -> Row:
    """Time a heatmap of many training steps and time steps from the recording to the PNG.

    Parameters
    ----------
    steps : int
        Training steps.
    length : int
        Time steps.
    clock : callable ``() -> seconds``

    Returns
    -------
    Row
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from gradviz.plots.gradient_heatmap import plot_gradient_heatmap

    values = np.random.default_rng(0).uniform(-9, 0, (steps, 1, 1, length, 2)).astype(np.float32)
    dims = (STEP, LAYER, DIRECTION, TIME, SAMPLE)
    data = xr.Dataset({LOG10_GRAD_H: (dims, values)}, coords={LAYER: [0], DIRECTION: [FORWARD]})

    def draw(part: xr.Dataset) -> None:
        figure, ax = plt.subplots()
        plot_gradient_heatmap(part, ax=ax)
        figure.savefig(io.BytesIO(), format="png")
        plt.close(figure)

    mpl.use("agg")
    draw(data.isel({STEP: slice(0, 3)}))  # loads the fonts
    seconds = [_once(lambda: draw(data), clock) for _ in range(_TIMES)]
    what = f"heatmap of {steps:,} × {length:,} to PNG"
    return row_of(HEATMAP, what, seconds, unit="s", limit=_MOST_HEATMAP)


def _seconds(run: Callable[[], object], clock: Clock) -> list[float]:
    first = _once(run, clock)
    return [first] if first > _SEVERAL else [first, *(_once(run, clock) for _ in range(_TIMES - 1))]


def _once(run: Callable[[], object], clock: Clock) -> float:
    began = clock()
    run()
    return clock() - began

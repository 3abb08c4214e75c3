"""Two things timed in turn, so that whatever else the machine does falls on both alike."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

WARMUP_RUNS = 2
MIN_PAIRS = 3


class Quartiles(NamedTuple):
    """Lower quartile, median and upper quartile."""

    low: float
    median: float
    high: float


class PairedTimes(NamedTuple):
    """Seconds of each run, pair by pair."""

    native: list[float]
    measured: list[float]


def time_pairs(
    native: Callable[[], object],
    measured: Callable[[], object],
    *,
    pairs: int,
    seconds: float = math.inf,
    clock: Callable[[], float] = time.perf_counter,
    synchronize: Callable[[], object] = lambda: None,
) -> PairedTimes:
    """Seconds that two functions take, run alternately; which one goes first alternates too.

    Each is run `WARMUP_RUNS` times before.  The garbage collector works between the runs, never in one.

    Parameters
    ----------
    native, measured : callable
    pairs : int
        How many pairs.
    seconds : float
        No pair is begun that would probably end later than this, once there are `MIN_PAIRS`.
    clock : callable ``() -> seconds``
    synchronize : callable
        Waits until the device has done what it was asked to.

    Returns
    -------
    PairedTimes
    """
    for _ in range(WARMUP_RUNS):
        native()
        measured()
    times = PairedTimes([], [])
    sides = ((native, times.native), (measured, times.measured))
    began = clock()
    with _collecting_by_hand() as collect:
        for done in range(pairs):
            if done >= MIN_PAIRS and (clock() - began) * (done + 1) / done > seconds:
                break
            for run, found in sides if done % 2 == 0 else sides[::-1]:
                collect()
                synchronize()
                start = clock()
                run()
                synchronize()
                found.append(clock() - start)
    return times


def quartiles(values: Sequence[float]) -> Quartiles:
    """Quartiles of any number of values, interpolated linearly."""
    return Quartiles(*(float(value) for value in np.percentile(values, (25, 50, 75))))


def ratios(times: PairedTimes) -> list[float]:
    """How many times as long as its native partner each measured run took."""
    return [measured / native for native, measured in zip(*times, strict=True)]


@contextmanager
def _collecting_by_hand() -> Iterator[Callable[[], object]]:
    """No garbage collection but when it is called; what lives already is not looked through again."""
    enabled = gc.isenabled()
    gc.disable()
    gc.collect()
    gc.freeze()
    try:
        yield gc.collect
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()

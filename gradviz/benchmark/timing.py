"""Functions timed in turn, so that other load of the machine affects all in the same way."""

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
    """Seconds of each run, pair by pair; ``floor`` is empty if there is none."""

    native: list[float]
    measured: list[float]
    floor: list[float]


def time_pairs(
    native: Callable[[], object],
    measured: Callable[[], object],
    *,
    floor: Callable[[], object] | None = None,
    pairs: int,
    seconds: float = math.inf,
    clock: Callable[[], float] = time.perf_counter,
    synchronize: Callable[[], object] = lambda: None,
) -> PairedTimes:
    """Seconds that functions take when they run in turn; which one is first changes too.

    Each is run `WARMUP_RUNS` times before.  The garbage collector runs between the runs, never in one.

    Parameters
    ----------
    native, measured : callable
    floor : callable, optional
        What the measured function cannot do without, beside the native one.
    pairs : int
        Number of pairs, or of triples with a floor.
    seconds : float
        After `MIN_PAIRS` pairs, no pair is started that would probably end later than this.
    clock : callable ``() -> seconds``
    synchronize : callable
        Waits until the device has finished its work.

    Returns
    -------
    PairedTimes
    """
    times = PairedTimes([], [], [])
    turns = [(native, times.native), (measured, times.measured)]
    if floor is not None:
        turns.append((floor, times.floor))
    for _ in range(WARMUP_RUNS):
        for run, _unused in turns:
            run()
    began = clock()
    with _collecting_by_hand() as collect:
        for done in range(pairs):
            if done >= MIN_PAIRS and (clock() - began) * (done + 1) / done > seconds:
                break
            first = done % len(turns)
            for run, found in turns[first:] + turns[:first]:
                collect()
                synchronize()
                start = clock()
                run()
                synchronize()
                found.append(clock() - start)
    return times


def quartiles(values: Sequence[float]) -> Quartiles:
    """Quartiles of the values, interpolated linearly."""
    return Quartiles(*(float(value) for value in np.percentile(values, (25, 50, 75))))


def ratios(times: PairedTimes) -> list[float]:
    """Ratio of each measured run to the native run of its pair."""
    return [measured / native for native, measured in zip(times.native, times.measured, strict=True)]


def ratios_to_floor(times: PairedTimes) -> list[float]:
    """Ratio of each measured run to the native run and the floor of its triple."""
    return [measured / (native + floor) for native, measured, floor in zip(*times, strict=True)]


@contextmanager
def _collecting_by_hand() -> Iterator[Callable[[], object]]:
    """Collect garbage only when the yielded function is called; existing objects are not traversed."""
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

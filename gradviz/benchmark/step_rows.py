"""Rows of the table of limits that are about one training step: its time, its memory, and how both grow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from gradviz.benchmark.cases import CASES, Case
from gradviz.benchmark.floor import floor_products
from gradviz.benchmark.forms import FUSED, LOOP, STEPWISE, native_in_form, recorded_in_form
from gradviz.benchmark.measurement import Measurement, measure_one, torch_threads
from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.row import Row, number, row_of
from gradviz.benchmark.settings import LIMIT_LENGTH, Settings
from gradviz.benchmark.steps import make_workload, native, recorded
from gradviz.benchmark.timing import time_pairs
from gradviz.cell_descriptions import CELLS

STEP, OTHER, SMALL = (
    "Recorded step",
    "Recorded step of other sizes and forms",
    "Recorded step of a small layer",
)
GROWTH, MEMORY = "Growth with the length", "Memory"
JACOBIANS = "Step Jacobians"

_MOST_GROWTH = 1.05  # exponent of the length: linear, and a little for what no longer fits into a cache
_MOST_MEMORY = 1.5
_MOST_BYTES = 4.0
_SMALL_LENGTH, _SMALL_UNITS, _SMALL_BATCHES, _SMALL_PAIRS = 25, 32, (1, 8), 60
_MOST_SMALL = 1.0  # ms, of an LSTM and one sequence


@dataclass(frozen=True)
class Place:
    """Sizes, threads or a form in which a recorded step is timed at `LIMIT_LENGTH` time steps.

    Attributes
    ----------
    what : str
    change : mapping
        Of the settings.
    form : str
    pairs : int
        Largest number of pairs.
    """

    what: str
    change: Mapping[str, int] = field(default_factory=dict)
    form: str = FUSED
    pairs: int = 7


PLACES = (
    Place("1 thread", {"threads": 1}),
    Place("batch 256", {"batch_size": 256}),
    Place("2 layers", {"num_layers": 2}),
    Place("3 layers", {"num_layers": 3}),
    Place("1,024 units", {"hidden_size": 1024}, pairs=3),
    Place(LOOP, form=LOOP),
    Place(STEPWISE, form=STEPWISE),
)


def rows_of_measurements(measurements: Sequence[Measurement]) -> list[Row]:
    """A row for each measurement that has a limit, and the growth of each recorded case with the length.

    Parameters
    ----------
    measurements : sequence of Measurement
        As `measure` returns them.

    Returns
    -------
    list of Row
    """
    cells = list(dict.fromkeys(m.cell for m in measurements))
    stated = [m for cell in cells for m in measurements if m.cell == cell and m.limit is not None]
    rows = [_ratio_row(_part_of(m.case), _what(m, CASES[m.case].title), m) for m in stated]
    rows.sort(key=lambda row: row.part == JACOBIANS)
    for name in ("samples_16", "samples_all"):
        for cell in cells:
            found = sorted((m for m in measurements if (m.case, m.cell) == (name, cell)), key=_length)
            rows += _growth_rows(found, CASES[name].title)
    return rows


def rows_of_memory(memories: Sequence[Memory]) -> list[Row]:
    """The ratio of recorded to native memory from `LIMIT_LENGTH` time steps on, and how it grows.

    Parameters
    ----------
    memories : sequence of Memory

    Returns
    -------
    list of Row
    """
    rows, found = [], [m for m in memories if m.length >= LIMIT_LENGTH]
    for m in found:
        beside = f"native {m.native_bytes / 1e6:.1f}, recorded {m.recorded_bytes / 1e6:.1f} MB"
        values = [m.recorded_bytes / m.native_bytes]
        what = f"{CELLS[m.cell].label}, T = {m.length:,}, 16 samples"
        rows.append(row_of(MEMORY, what, values, unit="× native", limit=_MOST_MEMORY, beside=beside))
    for cell in dict.fromkeys(m.cell for m in found):
        of_cell = [m for m in found if m.cell == cell]
        first, last = of_cell[0], of_cell[-1]
        if first.length < last.length:
            power, by_itself = (
                _power(first.length, last.length, getattr(first, name), getattr(last, name))
                for name in ("recorded_bytes", "native_bytes")
            )
            rows.append(_growth(cell, (first.length, last.length), "memory", power, by_itself))
    return rows


def rows_of_places(
    settings: Settings,
    *,
    places: Sequence[Place] = PLACES,
    on_begin: Callable[[str], object] = lambda _: None,
) -> Iterator[Row]:
    """Time the recorded step of every cell in other sizes and forms.

    Parameters
    ----------
    settings : Settings
    places : sequence of Place
    on_begin : callable
        Called with what is measured next.

    Yields
    ------
    Row
    """
    for place in places:
        here = replace(settings, **place.change, pairs=min(place.pairs, settings.pairs))  # type: ignore[arg-type]
        for cell in settings.cells:
            for name in ("samples_16", "samples_all"):
                samples = 16 if name == "samples_16" else None
                case = Case(
                    f"{place.what}, {CASES[name].title}",
                    partial(recorded_in_form, form=place.form, samples=samples),
                    native=partial(native_in_form, form=place.form),
                    floor=partial(floor_products, samples=samples),
                    limits=CASES[name].limits,
                )
                on_begin(f"{cell}: {case.title}")
                with torch_threads(here.threads):
                    found = measure_one(name, case, cell, LIMIT_LENGTH, here)
                yield _ratio_row(OTHER, _what(found, case.title), found)


def rows_of_small_layers(
    settings: Settings, *, on_begin: Callable[[str], object] = lambda _: None
) -> Iterator[Row]:
    """Time that recording adds to the step of a layer of few units, one sequence and eight.

    Parameters
    ----------
    settings : Settings
    on_begin : callable
        Called with what is measured next.

    Yields
    ------
    Row
    """
    for batch in _SMALL_BATCHES:
        here = replace(settings, hidden_size=_SMALL_UNITS, batch_size=batch)
        for cell in settings.cells:
            label = f"{CELLS[cell].label}, batch {batch}"
            on_begin(f"{label}: small layer")
            workload = make_workload(cell, _SMALL_LENGTH, here)
            with (
                torch_threads(here.threads),
                native(workload.copy()) as plain,
                recorded(workload.copy()) as watched,
            ):
                times = time_pairs(plain, watched, pairs=_SMALL_PAIRS)
            added = [b - a for a, b in zip(times.native, times.measured, strict=True)]
            beside = f"native {1e3 * sorted(times.native)[len(added) // 2]:.2f} ms"
            if (cell, batch) == ("lstm", 1):
                what = f"{label}, T = {_SMALL_LENGTH}, {_SMALL_UNITS} units: beyond native"
                values = [1e3 * one for one in added]
                yield row_of(SMALL, what, values, unit="ms", limit=_MOST_SMALL, beside=beside)
            what = f"{label}, {_SMALL_UNITS} units: beyond native, a time step"
            yield row_of(SMALL, what, [1e6 * one / _SMALL_LENGTH for one in added], unit="µs", beside=beside)


def row_of_kept_bytes(settings: Settings, length: int) -> Row:
    """Bytes of a recording of norms, for each sample, time step and variable of an LSTM.

    Parameters
    ----------
    settings : Settings
    length : int
        Time steps.

    Returns
    -------
    Row
    """
    from gradviz.capture.record import record
    from gradviz.vocabulary import SAMPLE, TIME

    workload = make_workload("lstm", length, replace(settings, hidden_size=_SMALL_UNITS, batch_size=16))
    with record(workload.model) as tape:
        workload.model(workload.inputs).sum().backward()
    kept = tape.dataset
    variables = 0
    for values in kept.values():
        if TIME in values.dims:
            variables += values.size // values.sizes[TIME] // values.sizes.get(SAMPLE, 1)
    bytes_each = kept.nbytes / (kept.sizes[SAMPLE] * length * variables)
    what = f"recording of norms, LSTM, T = {length:,}, for each sample, time step and variable"
    return row_of(
        MEMORY, what, [bytes_each], unit="bytes", limit=_MOST_BYTES, beside=f"{variables} variables"
    )


def _ratio_row(part: str, what: str, m: Measurement) -> Row:
    unit = "× native" if m.to_floor is None else "× (native + floor)"
    if part == JACOBIANS:
        unit = "× torch.autograd.functional.jacobian"
    times = {"native": m.native_ms, "floor": m.floor_ms, "measured": m.measured_ms}
    texts = [f"{name} {number(ms.median, ms.median)}" for name, ms in times.items() if ms is not None]
    beside = f"{', '.join(texts)} ms"
    return Row(part, what, *m.limited, unit, m.pairs, m.limit, beside=beside)


def _part_of(case: str) -> str:
    return STEP if CASES[case].is_training else JACOBIANS


def _what(m: Measurement, title: str) -> str:
    if not CASES[m.case].is_training:
        title = "Frobenius norms, 1 sequence"
    return f"{CELLS[m.cell].label}, T = {m.length:,}, {title}"


def _length(m: Measurement) -> int:
    return m.length


def _growth_rows(found: Sequence[Measurement], title: str) -> list[Row]:
    long = [m for m in found if m.length >= LIMIT_LENGTH]
    if len(long) < 2:
        return []
    first, last = long[0], long[-1]
    power, by_itself = (
        _power(first.length, last.length, getattr(first, name).median, getattr(last, name).median)
        for name in ("measured_ms", "native_ms")
    )
    return [_growth(first.cell, (first.length, last.length), f"time, {title}", power, by_itself)]


def _growth(cell: str, lengths: tuple[int, int], what: str, power: float, native_power: float) -> Row:
    label = f"{CELLS[cell].label}, T = {lengths[0]:,} to {lengths[1]:,}: {what}"
    beside = f"native {native_power:.3f}"
    return row_of(GROWTH, label, [power], unit="as power of T", limit=_MOST_GROWTH, beside=beside)


def _power(first: int, last: int, before: float, after: float) -> float:
    return math.log(after / before) / math.log(last / first)

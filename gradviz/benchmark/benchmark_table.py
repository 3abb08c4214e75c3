"""The tables that ``gradviz benchmark`` prints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from gradviz.benchmark.cases import CASES, Case
from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.settings import LIMIT_LENGTH, Settings
from gradviz.benchmark.timing import Quartiles


def time_table(
    measurements: Sequence[Measurement], settings: Settings, cases: Mapping[str, Case] = CASES
) -> str:
    """Milliseconds and ratios, one block for each case, with the limit if there is one.

    Parameters
    ----------
    measurements : sequence of Measurement
    settings : Settings
    cases : mapping of name to Case

    Returns
    -------
    str
        Lines of at most 118 characters.
    """
    where = torch.cuda.get_device_name() if settings.device == "cuda" else f"CPU, {settings.threads} threads"
    lines = [
        f"Training step: 1 layer, {settings.hidden_size} units, batch {settings.batch_size}, "
        f"T time steps, a loss at each; {where}, torch {torch.__version__}.",
        "Medians of paired runs [quartiles]; ratio: measured / native in each pair; within, over: the limit.",
        "Floor: the products that no exact recording can do without; there the ratio is to native + floor.",
    ]
    for name, case in cases.items():
        rows = [m for m in measurements if m.case == name]
        if rows:
            lines += ["", case.title + _steps_per_run(case), _head(has_floor=any(m.floor_ms for m in rows))]
            lines += [_row(m) for m in sorted(rows, key=lambda m: settings.cells.index(m.cell))]
            lines += _growth(rows, settings)
    return "\n".join(lines)


def memory_table(memories: Sequence[Memory]) -> str:
    """Peak memory of the native and of the recorded step, and the size of the recording.

    Parameters
    ----------
    memories : sequence of Memory

    Returns
    -------
    str
    """
    lines = [
        "Peak memory of one training step (tensors), 16 samples recorded",
        f"  {'cell':9}{'T':>5}{'native, MB':>13}{'recorded, MB':>15}{'ratio':>8}"
        f"{'recorded, kB per time step':>27}{'recording, kB':>16}",
    ]
    for m in memories:
        lines.append(
            f"  {m.cell:9}{m.length:5}{m.native_bytes / 1e6:13.1f}{m.recorded_bytes / 1e6:15.1f}"
            f"{m.recorded_bytes / m.native_bytes:8.2f}{m.recorded_bytes / m.length / 1e3:27.1f}"
            f"{m.kept_bytes / 1e3:16.1f}"
        )
    return "\n".join(lines)


def verdict(ratio: float, limit: float) -> str:
    """Whether a ratio is within its limit, in words.

    Examples
    --------
    >>> verdict(1.25, 1.2)
    'over 1.2 by 0.05'
    """
    if ratio <= limit:
        return f"within {limit:g}"
    return f"over {limit:g} by {ratio - limit:.2g}"


def growth_exponent(measurements: Sequence[Measurement]) -> float | None:
    """Exponent p of time ~ T^p, from the shortest length that is at least `LIMIT_LENGTH` to the longest.

    Parameters
    ----------
    measurements : sequence of Measurement
        Measurements of one case and one cell.

    Returns
    -------
    float or None
        1 if time is linear; None if there are fewer than two lengths.
    """
    rows = sorted((m for m in measurements if m.length >= LIMIT_LENGTH), key=lambda m: m.length)
    if len(rows) < 2:
        return None
    first, last = rows[0], rows[-1]
    return math.log(last.measured_ms.median / first.measured_ms.median) / math.log(last.length / first.length)


def _head(*, has_floor: bool) -> str:
    floor = f"{'floor, ms':>10}" if has_floor else ""
    return f"  {'cell':8}{'T':>6}  {'native, ms':20}{floor}  {'measured, ms':20}  {'ratio':20}{'pairs':>6}"


def _row(m: Measurement) -> str:
    beside = "" if m.limit is None else f"  {verdict(m.limited.median, m.limit)}"
    floor = "" if m.floor_ms is None else f"{_rounded(m.floor_ms.median, m.floor_ms.median):>10}"
    return (
        f"  {m.cell:8}{m.length:6}  {_spread(m.native_ms):20}{floor}  {_spread(m.measured_ms):20}  "
        f"{_spread(m.limited):20}{m.pairs:6}{beside}"
    )


def _spread(found: Quartiles) -> str:
    """Median, and the quartiles in brackets, with three digits of the median."""
    low, median, high = (_rounded(value, found.median) for value in found)
    return f"{median:>6} [{low} {high}]"


def _rounded(value: float, median: float) -> str:
    return f"{value:.{max(0, min(4, 2 - math.floor(math.log10(median))))}f}"


def _steps_per_run(case: Case) -> str:
    return (
        ""
        if case.steps_per_run == 1
        else f" (milliseconds per step; {case.steps_per_run} steps are timed together)"
    )


def _growth(rows: Sequence[Measurement], settings: Settings) -> list[str]:
    found = {cell: growth_exponent([m for m in rows if m.cell == cell]) for cell in settings.cells}
    parts = [f"{cell} T^{power:.2f}" for cell, power in found.items() if power is not None]
    return [f"  from T = {LIMIT_LENGTH} on time grows as {', '.join(parts)}"] if parts else []

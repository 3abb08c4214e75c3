"""The measurements as CSV: one row for each, with what is needed to compare two machines."""

from __future__ import annotations

import csv
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch

from gradviz.benchmark.cases import CASES
from gradviz.benchmark.measurement import Measurement
from gradviz.benchmark.peak_memory import Memory
from gradviz.benchmark.settings import Settings


def write_times(path: Path, measurements: Sequence[Measurement], settings: Settings) -> None:
    """Write milliseconds and ratios with their quartiles; what there is not, such as a limit, is empty.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    measurements : sequence of Measurement
    settings : Settings
    """
    _write(path, (_time_row(m) | _environment(settings) | _batch_size(m) for m in measurements))


def write_memory(path: Path, memories: Sequence[Memory], settings: Settings) -> None:
    """Write peak bytes.

    Parameters
    ----------
    path : Path
        An existing file is replaced.
    memories : sequence of Memory
    settings : Settings
    """
    _write(
        path,
        (
            {
                "cell": m.cell,
                "time_steps": m.length,
                "native_bytes": m.native_bytes,
                "recorded_bytes": m.recorded_bytes,
                "kept_bytes": m.kept_bytes,
            }
            | _environment(settings)
            for m in memories
        ),
    )


def _time_row(m: Measurement) -> dict[str, object]:
    row: dict[str, object] = {"case": m.case, "cell": m.cell, "time_steps": m.length, "pairs": m.pairs}
    for name in ("native_ms", "measured_ms", "ratio", "floor_ms", "to_floor"):
        found = getattr(m, name)
        low, median, high = ("", "", "") if found is None else found
        row |= {name: median, f"{name}_lower": low, f"{name}_upper": high}
    return row | {"limit": "" if m.limit is None else m.limit}


def _batch_size(m: Measurement) -> dict[str, object]:
    """Batch size of a case that does not use the whole batch."""
    size = CASES[m.case].batch_size
    return {} if size is None else {"batch_size": size}


def _environment(settings: Settings) -> dict[str, object]:
    return {
        "hidden_size": settings.hidden_size,
        "batch_size": settings.batch_size,
        "device": settings.device,
        "threads": settings.threads,
        "machine": platform.machine(),
        "torch": torch.__version__,
    }


def _write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [])
        writer.writeheader()
        writer.writerows(rows)

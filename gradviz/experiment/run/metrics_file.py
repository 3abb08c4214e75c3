"""``metrics.csv``: one row a training step."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from gradviz.recording.atomic import write_atomically
from gradviz.training.loop import TrainingStep
from gradviz.vocabulary import LOSS, STEP


class MetricsFile:
    """A run's metrics, written as they come.

    Parameters
    ----------
    path : Path
    rows : int
        How many of those that are there are kept; the rest is removed, to be written again.

    Raises
    ------
    ValueError
        When there are fewer.
    OSError
        When it cannot be written.
    """

    def __init__(self, path: Path, *, rows: int = 0) -> None:
        there = path.read_bytes() if rows and path.exists() else b""
        lines = there.splitlines(keepends=True)[: rows + 1]
        if rows and (len(lines) <= rows or not lines[-1].endswith(b"\n")):
            raise ValueError(f"{path} has {max(len(lines) - 1, 0)} complete rows; {rows} were written")
        write_atomically(path, b"".join(lines))
        self._file = open(path, "a", newline="", encoding="utf-8")  # noqa: SIM115
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._has_header = bool(lines)

    def add(self, step: TrainingStep) -> None:
        """Write a step's row, at the latest with the next `flush`."""
        if not self._has_header:
            self._writer.writerow([STEP, LOSS, *step.metrics])
            self._has_header = True
        self._writer.writerow([step.step, step.loss, *step.metrics.values()])

    def flush(self) -> None:
        """Have everything on the disk itself."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_metrics(path: Path) -> dict[str, list[float]]:
    """Every column by its name; the row of a step stands at its number.

    Raises
    ------
    FileNotFoundError
        When there is none.
    """
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    return {name: [float(row[place]) for row in rows] for place, name in enumerate(header)}

"""``metrics.csv``: one row for each training step."""

from __future__ import annotations

import csv
import os
from array import array
from collections.abc import Iterable
from pathlib import Path

from gradviz.recording.atomic import write_atomically
from gradviz.training.loop import TrainingStep
from gradviz.vocabulary import LOSS, STEP


class MetricsFile:
    """A run's metrics, written step by step and kept in memory.

    Parameters
    ----------
    path : Path
    rows : int
        Number of existing rows to keep; later rows are removed, and are written again.

    Attributes
    ----------
    columns : dict of str to array of float
        Every column of the file by its name; the value of step k is at index k.

    Raises
    ------
    ValueError
        If the file has fewer complete rows.
    OSError
        If it cannot be written.
    """

    def __init__(self, path: Path, *, rows: int = 0) -> None:
        existing = path.read_bytes() if rows and path.exists() else b""
        lines = existing.splitlines(keepends=True)[: rows + 1]
        if rows and (len(lines) <= rows or not lines[-1].endswith(b"\n")):
            raise ValueError(f"{path} has {max(len(lines) - 1, 0)} complete rows; {rows} were written")
        columns = _columns(line.decode() for line in lines)
        self.columns = {name: array("d", values) for name, values in columns.items()}
        write_atomically(path, b"".join(lines))
        self._file = open(path, "a", newline="", encoding="utf-8")  # noqa: SIM115
        self._writer = csv.writer(self._file, lineterminator="\n")

    def add(self, step: TrainingStep) -> None:
        """Write a step's row, at the latest with the next `flush`."""
        row = {STEP: step.step, LOSS: step.loss, **step.metrics}
        if not self.columns:
            self._writer.writerow(row)
            self.columns = {name: array("d") for name in row}
        self._writer.writerow(row.values())
        for column, value in zip(self.columns.values(), row.values(), strict=True):
            column.append(value)

    def flush(self) -> None:
        """Write all rows so far to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_metrics(path: Path) -> dict[str, list[float]]:
    """Every column of the file by its name; the value of step k is at index k.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    with open(path, newline="", encoding="utf-8") as file:
        return _columns(file)


def _columns(lines: Iterable[str]) -> dict[str, list[float]]:
    header, *rows = list(csv.reader(lines)) or [[]]
    return {name: [float(row[place]) for row in rows] for place, name in enumerate(header)}

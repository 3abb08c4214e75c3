"""``metrics.csv``: one row for each training step."""

from __future__ import annotations

import csv
import hashlib
import os
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from gradviz.errors import GradvizError
from gradviz.recording.atomic import write_atomically
from gradviz.training.loop import TrainingStep
from gradviz.vocabulary import LOSS, STEP


class BadMetrics(GradvizError, ValueError):
    """A ``metrics.csv`` that is not a table with a row of numbers for every step."""


class MetricsFile:
    """A run's metrics, written step by step and kept in memory.

    Parameters
    ----------
    path : Path
    rows : int
        Number of existing rows to keep; later rows are removed, and are written again.
    digest : str
        What `digest` was when these were all rows; empty if it is not known.

    Attributes
    ----------
    columns : dict of str to array of float
        Every column of the file by its name; the value of step k is at index k.

    Raises
    ------
    ValueError
        If the file has fewer complete rows, or other rows, or is damaged.
    OSError
        If it cannot be written.
    """

    def __init__(self, path: Path, *, rows: int = 0, digest: str = "") -> None:
        existing = path.read_bytes() if rows and path.exists() else b""
        lines = existing.splitlines(keepends=True)[: rows + 1]
        if rows and (len(lines) <= rows or not lines[-1].endswith(b"\n")):
            raise ValueError(f"{path} has {max(len(lines) - 1, 0)} complete rows; {rows} were written")
        columns = _columns_of(path, (line.decode() for line in lines))
        self.columns = {name: array("d", values) for name, values in columns.items()}
        self._digest = hashlib.sha256(b"".join(lines))
        if rows and digest not in ("", self.digest):
            raise ValueError(f"{path} is damaged: its rows are not those that were written")
        write_atomically(path, b"".join(lines))
        self._file = open(path, "a", newline="", encoding="utf-8")  # noqa: SIM115
        self._writer = csv.writer(_Digested(self._file, self._digest), lineterminator="\n")

    @property
    def digest(self) -> str:
        """SHA-256 of the file with all rows so far, in hexadecimal digits."""
        return self._digest.hexdigest()

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


class _Digested:
    """Passes text on to a file and to a digest."""

    def __init__(self, file: TextIO, digest: Any) -> None:
        self._file, self._digest = file, digest

    def write(self, text: str) -> int:
        self._digest.update(text.encode("utf-8"))
        return self._file.write(text)


def read_metrics(path: Path) -> dict[str, list[float]]:
    """Every column of the file by its name; the value of step k is at index k.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadMetrics
        If it is not a table with a row of numbers for every step.
    """
    with open(path, newline="", encoding="utf-8") as file:
        return _columns_of(path, file)


def _columns_of(path: Path, lines: Iterable[str]) -> dict[str, list[float]]:
    try:
        return _columns(lines)
    except BadMetrics as error:
        raise BadMetrics(f"{path} is damaged: {error}") from error


def _columns(lines: Iterable[str]) -> dict[str, list[float]]:
    """The columns, after a check that the row of every step is there and has a number in each."""
    try:
        header, *rows = list(csv.reader(lines, strict=True)) or [[]]
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadMetrics(f"it is not a table of numbers ({error})") from error
    if not header and not rows:
        return {}
    if header[:2] != [STEP, LOSS] or len(set(header)) < len(header):
        raise BadMetrics(f"its first row does not name the columns: {STEP},{LOSS},...")
    columns = {name: array("d") for name in header}
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise BadMetrics(f"row {number + 1} has {len(row)} values; expected {len(header)}")
        try:
            values = [float(value) for value in row]
        except ValueError as error:
            raise BadMetrics(f"row {number + 1}: {error}") from error
        if values[0] != number:
            raise BadMetrics(f"row {number + 1} is of step {values[0]:g}; expected {number}")
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return {name: column.tolist() for name, column in columns.items()}

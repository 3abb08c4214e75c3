"""The files of a sweep: ``sweep.csv``, a row per point, and ``failures.jsonl``, a line per failed point."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gradviz.experiment.run.result import DONE, Result
from gradviz.experiment.sweep.grid import Point
from gradviz.recording.atomic import write_atomically

TABLE, FAILURES = "sweep.csv", "failures.jsonl"


class PointEnd(NamedTuple):
    """A point, its folder, and its result or why it failed."""

    point: Point
    folder: Path
    end: Result | str

    @property
    def failure(self) -> str:
        """Why the point failed or diverged; empty if it did not."""
        if isinstance(self.end, str):
            return self.end
        return "" if self.end.outcome == DONE else self.end.message


def write_sweep(folder: Path, ends: Sequence[PointEnd]) -> Path:
    """Write both files.

    Parameters
    ----------
    folder : Path
        Created if missing.
    ends : sequence of PointEnd
        In the order of the grid.

    Returns
    -------
    Path
        Path of the table. Its columns are the swept values, outcome, steps, seconds, loss and metrics of the
        last step, whether all claims are met, and the run's folder. A point without a result has only its
        values, the outcome ``failed`` and its folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    failed = [_failure(end) for end in ends if end.failure]
    write_atomically(folder / FAILURES, "".join(json.dumps(one) + "\n" for one in failed).encode())
    write_atomically(folder / TABLE, _csv([_row(end) for end in ends]).encode())
    return folder / TABLE


def _failure(end: PointEnd) -> dict[str, Any]:
    return {"point": end.point.values, "folder": str(end.folder), "error": end.failure}


def _row(end: PointEnd) -> dict[str, Any]:
    row: dict[str, Any] = {**end.point.values, "outcome": "failed", "folder": str(end.folder)}
    if isinstance(end.end, str):
        return row
    result = end.end
    known = {"outcome": result.outcome, "steps": result.steps, "seconds": result.seconds}
    return {**row, **known, **result.final, "as_expected": result.as_expected}


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    columns = dict.fromkeys(name for row in sorted(rows, key=len, reverse=True) for name in row)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

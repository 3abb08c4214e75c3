"""The files of a sweep: ``sweep.csv``, a row per point, and ``failures.jsonl``, a line per failed point."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gradviz.experiment.config.condition_values import with_plain_init
from gradviz.experiment.run.result import DIVERGED, STOPPED, Result
from gradviz.experiment.sweep.grid import Point
from gradviz.recording.atomic import remove_unfinished, write_atomically
from gradviz.runs.run_facts import AS_EXPECTED
from gradviz.runs.run_files import FAILED, FOLDER_COLUMN, OUTCOME, TABLE

FAILURES = "failures.jsonl"
ENDED_BY = "ended_by"


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
        return self.end.message if self.end.outcome == DIVERGED else ""


class Saved(NamedTuple):
    """What early stops saved.

    Attributes
    ----------
    stopped, runs : int
        Runs that ``stop_when`` ended, and all that have a result.
    steps, planned : int
        Training steps that those were spared, and steps that all were to take.
    """

    stopped: int
    runs: int
    steps: int
    planned: int

    def __str__(self) -> str:
        return (
            f"{self.stopped} of {self.runs} runs were stopped early, which saved {self.steps} of "
            f"{self.planned} training steps ({self.steps / self.planned:.0%})"
        )


def saved_steps(ends: Sequence[PointEnd]) -> Saved:
    """How many training steps early stops saved in a sweep.

    Parameters
    ----------
    ends : sequence of PointEnd

    Returns
    -------
    Saved
    """
    known = [(end.point.experiment.training.steps, end.end) for end in ends if isinstance(end.end, Result)]
    left = [steps - result.steps for steps, result in known if result.outcome == STOPPED]
    return Saved(len(left), len(known), sum(left), sum(steps for steps, _ in known))


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
        Path of the table, whose rows are those of `table_rows`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    remove_unfinished(folder)
    failed = [_failure(end) for end in ends if end.failure]
    write_atomically(folder / FAILURES, "".join(json.dumps(one) + "\n" for one in failed).encode())
    write_atomically(folder / TABLE, _csv(table_rows(ends)).encode())
    return folder / TABLE


def table_rows(ends: Sequence[PointEnd]) -> list[dict[str, Any]]:
    """The rows of a sweep's table.

    Parameters
    ----------
    ends : sequence of PointEnd

    Returns
    -------
    list of dict
        For each point, all with the same columns in the same order: the swept values, a table among them by
        dotted key and a list as JSON; outcome; the absolute path of its folder; what ended it; steps,
        seconds, loss and metrics of the last step and of the last evaluation; whether all claims on it are
        met, which is None if there is none. A point without a result has only its values, the outcome
        ``failed`` and its folder; the rest is None.
    """
    rows = [_row(end) for end in ends]
    columns = dict.fromkeys(name for row in sorted(rows, key=len, reverse=True) for name in row)
    return [{name: row.get(name) for name in columns} for row in rows]


def _failure(end: PointEnd) -> dict[str, Any]:
    return {"point": end.point.values, "folder": str(end.folder.absolute()), "error": end.failure}


def _row(end: PointEnd) -> dict[str, Any]:
    values = {key: _cell(value) for key, value in with_plain_init(end.point.values).items()}
    row: dict[str, Any] = {**values, OUTCOME: FAILED, FOLDER_COLUMN: str(end.folder.absolute())}
    if isinstance(end.end, str):
        return row
    result = end.end
    known = {
        OUTCOME: result.outcome,
        ENDED_BY: result.ended_by,
        "steps": result.steps,
        "seconds": result.seconds,
    }
    values = {**result.final, **result.validation}
    return {**row, **known, **values, AS_EXPECTED: result.as_expected if result.verdicts else None}


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | tuple | dict) else value


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

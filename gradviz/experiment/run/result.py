"""``result.json``: how a run ended. It is written last, so a run that has one is done."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gradviz.errors import GradvizError
from gradviz.experiment.run.expectations import Verdict
from gradviz.recording.atomic import write_atomically
from gradviz.runs.run_files import DIVERGED, DONE, PATIENCE, RESULT, STOP_WHEN, STOPPED

__all__ = [
    "DIVERGED",
    "DONE",
    "PATIENCE",
    "STOPPED",
    "STOP_WHEN",
    "BadResult",
    "Result",
    "read_result",
    "write_result",
]

STEPS, STOP_AT = "steps", "stop_at"  # what ended a run, beside PATIENCE, STOP_WHEN and DIVERGED


class BadResult(GradvizError, ValueError):
    """A ``result.json`` that cannot be read."""


@dataclass(frozen=True)
class Result:
    """How a run ended.

    Attributes
    ----------
    name : str
        Name of the experiment.
    outcome : {"done", "diverged", "stopped"}
        ``"stopped"``: by ``stop_when`` or by the validation's ``patience``, before its last step.
    steps : int
        Number of training steps that were applied.
    seconds : float
        Training time, summed over all sessions.
    final : dict of str to float
        Loss and metrics of the last step; in the file a value that is not finite is text.
    verdicts : tuple of Verdict
        One for each claim that applies to this run.
    message : str
        Why the run ended before its last step; empty if it did not.
    validation : dict of str to float
        Loss and metric of the last evaluation, as ``validation_loss``; the lowest loss as
        ``best_validation_loss``, and the step after it as ``best_validation_step``. Empty without a
        validation. In the file a value that is not finite is text.
    ended_by : {"steps", "stop_at", "patience", "stop_when", "diverged", ""}
        What ended the run: its last step, the metric that reached ``stop_at``, the validation's
        ``patience``, ``stop_when``, or a loss or gradient that was not finite. Empty for runs of
        version 0.1, which did not note it.
    cpu_seconds : float
        Processor time of the training, of all its threads and sessions. 0 for runs before it was noted.
    """

    name: str
    outcome: str
    steps: int
    seconds: float
    final: dict[str, float]
    verdicts: tuple[Verdict, ...] = ()
    message: str = ""
    validation: dict[str, float] = field(default_factory=dict)
    ended_by: str = ""
    cpu_seconds: float = 0.0

    @property
    def as_expected(self) -> bool:
        """Whether every claim is met."""
        return all(verdict.met for verdict in self.verdicts)


def write_result(folder: Path, result: Result) -> None:
    """Write ``result.json``.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    table = asdict(result)
    for name, values in (("final", result.final), ("validation", result.validation)):
        table[name] = {metric: _stored(value) for metric, value in values.items()}
    table["verdicts"] = [
        {**verdict._asdict(), "value": None if verdict.value is None else _stored(verdict.value)}
        for verdict in result.verdicts
    ]
    write_atomically(folder / RESULT, (json.dumps(table, indent=2, allow_nan=False) + "\n").encode())


def read_result(folder: Path) -> Result:
    """The result of a run that is done.

    Raises
    ------
    FileNotFoundError
        If the run is not done.
    BadResult
        If the file is damaged.
    """
    path = folder / RESULT
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        given = {"validation": {}, **table}  # runs of version 0.1 have neither this nor ended_by
        for name in ("final", "validation"):
            table[name] = {metric: float(value) for metric, value in given[name].items()}
        table["verdicts"] = tuple(map(_verdict, table["verdicts"]))
        return Result(**table)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadResult(f"{path} is damaged ({error}); --fresh starts the run again") from error


def _verdict(table: dict[str, object]) -> Verdict:
    value = table["value"]
    number = None if value is None else float(str(value))
    return Verdict(str(table["claim"]), number, bool(table["met"]), str(table["source"]))


def _stored(value: float) -> float | str:
    """A number that is not finite as text, since JSON cannot hold it."""
    return value if math.isfinite(value) else str(value)

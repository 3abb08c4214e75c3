"""The trials of a guided search, and ``search.json``."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from gradviz.experiment.config.claim_schema import Expectation
from gradviz.experiment.config.condition_values import in_words
from gradviz.experiment.run.claim_value import value_at_step
from gradviz.experiment.run.result import PATIENCE, STOPPED, Result
from gradviz.experiment.sweep.claims_file import with_curves
from gradviz.experiment.sweep.search_settings import SearchSettings
from gradviz.experiment.sweep.sweep_table import PointEnd
from gradviz.recording.atomic import write_atomically

TRIALS = "search.json"
State = Literal["complete", "pruned", "failed"]


class Trial(NamedTuple):
    """One trial of a search.

    Attributes
    ----------
    number : int
        Counted from 0.
    values : dict
        What was chosen, by dotted key.
    state : {"complete", "pruned", "failed"}
        ``"pruned"`` if one of its runs was stopped early by ``stop_when``, or diverged; ``"failed"`` if one
        has no result.
    value : float or None
        Median over its runs; None if it is not complete.
    """

    number: int
    values: dict[str, Any]
    state: State
    value: float | None

    @property
    def label(self) -> str:
        """What was chosen as text."""
        return in_words(self.values)


def trial_of(
    number: int, values: dict[str, Any], ends: Sequence[PointEnd], settings: SearchSettings
) -> Trial:
    """The trial that these runs are of, with its state and value."""
    found = [_value(settings, end) for end in ends]
    known = [value for value in found if value is not None]
    if len(known) < len(found):
        return Trial(number, values, "failed", None)
    hopeless = any(not isinstance(end.end, str) and _is_hopeless(end.end) for end in ends)
    middle = math.nan if any(map(math.isnan, known)) else statistics.median(known)
    if hopeless or not math.isfinite(middle):
        return Trial(number, values, "pruned", None)
    return Trial(number, values, "complete", middle)


def _is_hopeless(result: Result) -> bool:
    """Whether a run was ended by its early warning, and not by the patience of its validation."""
    return result.outcome == STOPPED and result.ended_by != PATIENCE  # 0.1 knew no other end


def _value(settings: SearchSettings, end: PointEnd) -> float | None:
    """The metric at a run's end; NaN if it has none, None without a result."""
    curve = (with_curves(end).metrics or {}).get(settings.metric)
    if curve is None:
        return None
    value = value_at_step(Expectation(metric=settings.metric, over=settings.over), curve)
    return math.nan if value is None else value


def best(settings: SearchSettings, trials: Sequence[Trial]) -> Trial | None:
    """The complete trial with the best value; None if none is complete."""
    complete = [trial for trial in trials if trial.value is not None]
    sign = 1 if settings.goal == "min" else -1
    return min(complete, key=lambda trial: sign * (trial.value or 0.0), default=None)


def write_trials(folder: Path, trials: Sequence[Trial]) -> Path:
    """Write ``search.json``: every trial with what was chosen, its state and its value."""
    path = folder / TRIALS
    tables = [trial._asdict() for trial in trials]
    write_atomically(path, (json.dumps(tables, indent=2, allow_nan=False) + "\n").encode())
    return path

"""``claims.json``: the claims over several runs of a sweep, and what the runs say."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from gradviz.experiment.run.folder import METRICS
from gradviz.experiment.run.metrics_file import BadMetrics, read_metrics
from gradviz.experiment.run.result import DIVERGED
from gradviz.experiment.run.validation_files import read_validation
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.experiment.sweep.judge_points import judge_points
from gradviz.experiment.sweep.sweep_table import PointEnd
from gradviz.experiment.sweep.sweep_verdict import SweepVerdict
from gradviz.recording.atomic import write_atomically

CLAIMS = "claims.json"


def judge_ends(ends: Sequence[PointEnd], *, open_keys: Collection[str] = ()) -> list[SweepVerdict]:
    """The verdicts on all claims over several runs; the metrics are read from the runs' folders.

    ``open_keys`` are the keys whose values a search has chosen.
    """
    over_several = any(not claim.is_of_the_run for end in ends[:1] for claim in end.point.experiment.expect)
    points = [with_curves(end) if over_several else PointCurves(end.point, None) for end in ends]
    return judge_points(points, open_keys=open_keys)


def write_claims(folder: Path, verdicts: Sequence[SweepVerdict]) -> Path | None:
    """Write ``claims.json``, a list with a table for every verdict.

    Parameters
    ----------
    folder : Path
        The sweep's folder.
    verdicts : sequence of SweepVerdict

    Returns
    -------
    Path or None
        None if there are no verdicts; a file of an earlier call is removed then. Numbers that are not finite
        are text.
    """
    path = folder / CLAIMS
    if not verdicts:
        path.unlink(missing_ok=True)
        return None
    tables = [verdict_table(one) for one in verdicts]
    write_atomically(path, (json.dumps(tables, indent=2, allow_nan=False) + "\n").encode())
    return path


def with_curves(end: PointEnd) -> PointCurves:
    """A point with the curves that its run's folder holds, of its steps and of its evaluations."""
    if isinstance(end.end, str):
        return PointCurves(end.point, None)
    try:
        metrics = read_metrics(end.folder / METRICS)
        evaluated = read_validation(end.folder, end.end.steps)
        return PointCurves(end.point, {**metrics, **evaluated}, end.end.outcome == DIVERGED)
    except (OSError, BadMetrics):
        return PointCurves(end.point, None)


def verdict_table(verdict: SweepVerdict) -> dict[str, Any]:
    """A verdict as JSON holds it: an interval from nothing to everything is no number at all."""
    table = verdict._asdict()
    if verdict.high == math.inf and verdict.low in (0, -math.inf):
        table |= {"value": None, "low": None, "high": None, "coverage": None}
    values = [
        {key: value for key, value in one._asdict().items() if key != "trend_at" or value is not None}
        for one in verdict.values
    ]
    return {**{key: _stored(value) for key, value in table.items()}, "values": values}


def _stored(value: object) -> object:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value

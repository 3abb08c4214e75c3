"""What a file of results keeps of one run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradviz.experiment.config.own.own_parts import shown_name
from gradviz.experiment.config.reproduction_schema import Reproduction
from gradviz.experiment.run.claim_curve import Curve, as_curve
from gradviz.experiment.run.folder import ENVIRONMENT
from gradviz.experiment.run.result import Result
from gradviz.experiment.sweep.compared_runs import PointCurves
from gradviz.recording.load import load
from gradviz.reproductions.claim_records import verdict_on_run
from gradviz.reproductions.decades_of_runs import DECADES
from gradviz.reproductions.lost_through_training import Lost, lost_through_training
from gradviz.reproductions.plain_values import as_json, rounded, rounded_all
from gradviz.reproductions.reduced_curve import reduced
from gradviz.reproductions.result_file import RunRecord, Series
from gradviz.vocabulary import FIXED_LAG, LAG, LOSS, SEED


def run_record(run: PointCurves, folder: Path, result: Result, told: Reproduction, *, most: int) -> RunRecord:
    """A record of a run that has a result, without what is measured on it and without its environment.

    Parameters
    ----------
    run : PointCurves
        With its metrics.
    folder : Path
    result : Result
    told : Reproduction
        Says when a run has learned.
    most : int
        Most points of a curve.

    Raises
    ------
    FileNotFoundError, BadRecording
        If its recording is missing or damaged.
    """
    metrics = run.metrics or {}
    rule = told.learned
    verdict = None if rule is None else verdict_on_run(rule, run)
    named = dict.fromkeys((LOSS, LOSS if rule is None else rule.metric))
    curves = {name: _series(metrics[name], most) for name in named if name in metrics}
    tree = load(folder)
    lag = None if run.experiment.curriculum is not None else tree.attrs.get(LAG)
    lost = None if lag is None else lost_through_training(tree, int(lag))
    early = None if lost is None else lost.early
    if lost is not None:
        curves[DECADES] = reduced(lost.steps, lost.decades, most=most)
    return RunRecord(
        point={key: as_json(value) for key, value in run.point.values.items() if key != SEED},
        seed=run.experiment.seed,
        folder=folder.name,
        outcome=result.outcome,
        ended_by=result.ended_by,
        steps=result.steps,
        seconds=rounded(result.seconds),
        cpu_seconds=rounded(result.cpu_seconds),
        learned=None if verdict is None else verdict.met,
        final=rounded_all(result.final),
        validation=rounded_all(result.validation),
        curves=curves,
        task=shown_name(run.experiment.task.name),
        lag=_measured_lag(lag, lost),
        fixed_lag=None if lag is None else bool(tree.attrs.get(FIXED_LAG)),
        lost_early=None if early is None else rounded(early[1]),
        lost_early_step=None if early is None else early[0],
    )


def environment_of(folder: Path) -> dict[str, Any]:
    """Versions and machine of a run; empty if its file is missing or damaged."""
    try:
        table = json.loads((folder / ENVIRONMENT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _series(curve: Sequence[float] | Curve, most: int) -> Series:
    steps, values, _ = as_curve(curve)
    return reduced(steps, values, most=most)


def _measured_lag(lag: object, lost: Lost | None) -> int | None:
    if lag is None:
        return None
    return int(str(lag)) if lost is None else lost.lag

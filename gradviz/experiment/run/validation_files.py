"""The files of a validation: ``validation.csv``, a row per evaluation, and ``best.pt``, the best weights."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from gradviz.experiment.run.checkpoint import CannotResume
from gradviz.experiment.run.claim_curve import Curve, SparseCurve, of_evaluations
from gradviz.experiment.run.metrics_file import BadMetrics
from gradviz.recording.atomic import write_atomically
from gradviz.recording.sealed_zip import check_sealed_zip, sealed_zip
from gradviz.training.training_step import SEQUENCE_LENGTH
from gradviz.training.validation_set import Evaluation
from gradviz.vocabulary import LOSS, STEP, VALIDATION

VALIDATION_FILE = "validation.csv"
BEST = "best.pt"
VALIDATION_STATE = "validation"  # key of a training's state


class Best(NamedTuple):
    """The weights with the lowest validation loss.

    Attributes
    ----------
    run : str
        Fingerprint of the run's experiment.
    step : int
        The training step after which they were evaluated.
    loss : float
    model : dict of str to Tensor
    """

    run: str
    step: int
    loss: float
    model: dict[str, Any]


def write_validation(folder: Path, evaluations: Sequence[Evaluation], metric: str) -> None:
    """Write ``validation.csv``: ``step``, ``loss``, the task's metric, and under a curriculum the length.

    Parameters
    ----------
    folder : Path
    evaluations : sequence of Evaluation
        All so far.
    metric : str
        Name of the task's metric.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    has_length = any(one.length is not None for one in evaluations)
    has_metric = any(one.metric is not None for one in evaluations)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([STEP, LOSS, *[metric] * has_metric, *[SEQUENCE_LENGTH] * has_length])
    for one in evaluations:
        writer.writerow([one.step, one.loss, *[one.metric] * has_metric, *[one.length] * has_length])
    write_atomically(folder / VALIDATION_FILE, text.getvalue().encode())


def read_validation(folder: Path, taken: int) -> dict[str, Curve]:
    """The curves in ``validation.csv``, as claims name them; none without a validation.

    Parameters
    ----------
    folder : Path
    taken : int
        Number of training steps of the run.

    Raises
    ------
    BadMetrics
        If the file is not a table of numbers with a column of steps.
    """
    path = folder / VALIDATION_FILE
    if not path.exists():
        return {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file, strict=True))
        columns = {name: [float(row[place]) for row in rows] for place, name in enumerate(header)}
        steps = [int(step) for step in columns.pop(STEP)]
    except (ValueError, LookupError, csv.Error) as error:
        raise BadMetrics(f"{path} is damaged: {error}") from error
    return {
        f"{VALIDATION}{name}": of_evaluations(SparseCurve(steps, values), taken)
        for name, values in columns.items()
    }


def save_best(folder: Path, best: Best) -> None:
    """Write ``best.pt``; an earlier one stays until the new one is complete.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    buffer = io.BytesIO()
    torch.save(best._asdict(), buffer)
    write_atomically(folder / BEST, sealed_zip(buffer))


def load_best(folder: Path, fingerprint: str) -> Best:
    """The best weights of a run.

    Raises
    ------
    FileNotFoundError
        If there are none.
    CannotResume
        If the file is damaged, or of another run.
    """
    path = folder / BEST
    content = path.read_bytes()
    try:
        check_sealed_zip(content)
        best = Best(**torch.load(io.BytesIO(content), weights_only=True, map_location="cpu"))
    except Exception as error:  # a truncated file raises errors of many types
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise CannotResume(f"{path} is damaged ({reason}); --fresh starts the run again") from error
    if best.run != fingerprint:
        raise CannotResume(f"{path} is of another run; --fresh starts this one again")
    return best


def check_best(folder: Path, fingerprint: str, training: Mapping[str, Any]) -> None:
    """Raise if the best weights that a checkpoint speaks of are not there.

    Parameters
    ----------
    folder : Path
    fingerprint : str
    training : mapping
        State of the training in the checkpoint.  The file may be of a later step, which is repeated.

    Raises
    ------
    CannotResume
        The message says what is wrong.
    """
    noted = training.get(VALIDATION_STATE, {}).get("best")
    if noted is None:
        return
    try:
        best = load_best(folder, fingerprint)
    except FileNotFoundError:
        raise CannotResume(f"{folder / BEST} is missing; --fresh starts the run again") from None
    if best.step < Evaluation(*noted).step:
        raise CannotResume(f"{folder / BEST} is older than the checkpoint; --fresh starts the run again")


def evaluations_of(training: Mapping[str, Any]) -> list[Evaluation]:
    """All evaluations in a training's state; empty if it has no validation."""
    return [Evaluation(*one) for one in training.get(VALIDATION_STATE, {}).get("evaluations", ())]


def validation_curves(evaluations: Iterable[Evaluation], metric: str) -> dict[str, SparseCurve]:
    """The curves of the evaluations, as claims name them.

    Parameters
    ----------
    evaluations : iterable of Evaluation
    metric : str
        Name of the task's metric.

    Returns
    -------
    dict of str to SparseCurve
        ``validation_loss``, and for example ``validation_accuracy``.
    """
    found = list(evaluations)
    steps = [one.step for one in found]
    losses = SparseCurve(steps, [one.loss for one in found])
    metrics = SparseCurve(steps, [math.nan if one.metric is None else one.metric for one in found])
    return {f"{VALIDATION}{LOSS}": losses, f"{VALIDATION}{metric}": metrics}


def validation_summary(training: Mapping[str, Any], metric: str) -> dict[str, float]:
    """The last evaluation and the best, for ``result.json``; empty without a validation.

    Parameters
    ----------
    training : mapping
        State of the training in the last checkpoint.
    metric : str
        Name of the task's metric.
    """
    curves = validation_curves(evaluations_of(training), metric)
    last = {name: curve.values[-1] for name, curve in curves.items() if curve.values}
    noted = training.get(VALIDATION_STATE, {}).get("best")
    if noted is None:
        return last
    best = Evaluation(*noted)
    return {**last, f"best_{VALIDATION}{LOSS}": best.loss, f"best_{VALIDATION}{STEP}": float(best.step)}

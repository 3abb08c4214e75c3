"""One experiment, trained and recorded into its folder; interrupted at any moment, it can go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from gradviz.errors import GradvizError
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.expectations import judge
from gradviz.experiment.run.folder import clear, describe, progress, remove_broken
from gradviz.experiment.run.lock import locked
from gradviz.experiment.run.result import Result, read_result, write_result
from gradviz.experiment.run.session import Ending, RunSession
from gradviz.recording.provenance import provenance
from gradviz.training.loop import TrainingStep
from gradviz.vocabulary import STEP

Begin = Literal["new", "resume", "fresh"]
CHECKPOINT_SECONDS = 10.0


class HalfDone(GradvizError, RuntimeError):
    """A run that was stopped, and nobody said whether to go on or to begin anew."""


def run(
    experiment: Experiment,
    folder: Path,
    *,
    begin: Begin = "new",
    on_step: Callable[[TrainingStep], None] | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> Result:
    """Train and record, unless that is done already.

    However often the run is stopped and resumed, it ends in the same recording, metrics and weights, bit for
    bit, on the same machine with the same number of threads.

    Parameters
    ----------
    experiment : Experiment
        Resolved.
    folder : Path
        Of this run alone; made if missing.
    begin : {"new", "resume", "fresh"}
        What to do with a run that is half done: refuse, go on, or throw it away. ``"fresh"`` throws away a
        run that is done, too.
    on_step : callable, optional
        Is given every training step that is taken.
    checkpoint_seconds : float
        The longest time that a kill can cost.

    Returns
    -------
    Result
        ``outcome`` is ``"diverged"`` where the loss was no longer finite; everything up to there is kept.

    Raises
    ------
    HalfDone
        When the folder holds a part of a run and ``begin`` is ``"new"``.
    RunIsBusy
        When another process is at it.
    Interrupted
        After Ctrl-C; the step is finished and everything saved.
    CannotResume
        When what is left of the run is damaged; nothing is changed then.
    OSError
        When something cannot be written; what was written stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if begin == "fresh":
            clear(folder)
        found = progress(folder)
        if found == "done":
            return read_result(folder)
        if found == "half" and begin == "new":
            raise HalfDone(f"{folder} holds a run that was stopped: --resume goes on, --fresh begins anew")
        remove_broken(folder)
        origin = provenance()
        describe(folder, experiment, origin)
        session = RunSession(
            experiment,
            folder,
            origin=origin,
            on_step=on_step or (lambda _: None),
            checkpoint_seconds=checkpoint_seconds,
        )
        result = _result(experiment, session.complete())
        write_result(folder, result)
        return result


def _result(experiment: Experiment, ending: Ending) -> Result:
    last, metrics = ending
    return Result(
        name=experiment.name,
        outcome=last.outcome,
        steps=last.training["step"],
        seconds=round(last.seconds, 3),
        final={name: curve[-1] for name, curve in metrics.items() if name != STEP},
        verdicts=tuple(judge(experiment, metrics)),
        message=last.message,
    )

"""Train and record one experiment into its folder; a run that was interrupted can be resumed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from gradviz.errors import GradvizError
from gradviz.experiment.config.checks.memory_estimate import check_memory
from gradviz.experiment.config.own.own_parts import sources_in
from gradviz.experiment.config.prepare_model import check_device
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.own_code.failure import own_failures
from gradviz.experiment.run.check_files import check_files
from gradviz.experiment.run.checkpoint import Checkpoint
from gradviz.experiment.run.expectations import judge
from gradviz.experiment.run.finished import read_finished
from gradviz.experiment.run.folder import clear, progress, remove_broken, write_description
from gradviz.experiment.run.lock import locked
from gradviz.experiment.run.result import (
    DIVERGED,
    STEPS,
    STOP_AT,
    STOPPED,
    Result,
    write_result,
)
from gradviz.experiment.run.session import Ending, RunSession
from gradviz.experiment.run.validation_files import evaluations_of, validation_curves, validation_summary
from gradviz.recording.provenance import provenance
from gradviz.training.loop import TrainingStep
from gradviz.vocabulary import STEP, VALIDATION

Begin = Literal["new", "resume", "fresh"]
CHECKPOINT_SECONDS = 10.0


class UnfinishedRun(GradvizError, RuntimeError):
    """The folder contains an unfinished run, and the caller did not choose to resume it or to start again."""


def run(
    experiment: Experiment,
    folder: Path,
    *,
    begin: Begin = "new",
    on_step: Callable[[TrainingStep], None] | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> Result:
    """Train and record an experiment, unless the run is done already.

    A run that is stopped and resumed any number of times ends with the same recording, metrics and weights,
    bit for bit, on the same machine with the same number of threads.

    Parameters
    ----------
    experiment : Experiment
        A resolved experiment.
    folder : Path
        Folder for this run only; created if missing.
    begin : {"new", "resume", "fresh"}
        What to do with an unfinished run: raise an error, resume it, or delete it and start again.
        ``"fresh"`` also deletes a run that is done.
    on_step : callable, optional
        Called with every training step.
    checkpoint_seconds : float
        Time between checkpoints, which is the most training time that a killed process can lose.

    Returns
    -------
    Result
        ``outcome`` is ``"diverged"`` if the loss or its gradient became infinite or NaN, and ``"stopped"``
        if ``stop_when`` or the validation's ``patience`` ended it; everything up to that step is kept.

    Raises
    ------
    UnfinishedRun
        If the folder contains an unfinished run and ``begin`` is ``"new"``.
    RunIsBusy
        If another process is working on the run.
    BadExperiment
        If the experiment needs more memory than the machine has, or a device that it does not have.
    NotAFile
        If one of the run's files is a folder, a named pipe, a device or a broken link.
    BadResult
        If the run is done, and its result, its metrics or its recording cannot be read.
    Interrupted
        After Ctrl-C or SIGTERM; the current step is finished and everything is saved.
    CannotResume
        If the files of the unfinished run are damaged; nothing is changed then.
    OwnCodeFailed
        If code of the user's own raises an exception; a later call goes on from the last checkpoint.
    BadSource
        If the copy of such code in the folder was changed.
    OSError
        If something cannot be written; files already written stay.
    """
    check_device(experiment.training)
    check_memory(experiment)
    folder.mkdir(parents=True, exist_ok=True)
    check_files(folder, all_of_them=begin != "fresh")
    with locked(folder):
        if begin == "fresh":
            clear(folder)
        found = progress(folder)
        if found == "done":
            return read_finished(folder)
        if found == "unfinished" and begin == "new":
            raise UnfinishedRun(
                f"{folder} contains an unfinished run: --resume continues it, --fresh starts it again"
            )
        remove_broken(folder)
        origin = provenance()
        write_description(folder, experiment, origin)
        with own_failures(sources_in(experiment.model_dump())):
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
    name = experiment.built_task.metric_name
    validation = validation_curves(evaluations_of(last.training), name) if experiment.validation else None
    return Result(
        name=experiment.name,
        outcome=last.outcome,
        steps=last.training["step"],
        seconds=round(last.seconds, 3),
        final={name: curve[-1] for name, curve in metrics.items() if name != STEP},
        verdicts=tuple(judge(experiment, metrics, validation, diverged=last.outcome == DIVERGED)),
        message=_message(experiment, last),
        validation=validation_summary(last.training, name),
        ended_by=_ended_by(experiment, last),
        cpu_seconds=round(last.cpu_seconds, 3),
    )


def _ended_by(experiment: Experiment, last: Checkpoint) -> str:
    if last.outcome == STOPPED:
        return last.stopped_by
    if last.outcome == DIVERGED:
        return DIVERGED
    return STOP_AT if last.training["step"] < experiment.training.steps else STEPS


def _message(experiment: Experiment, last: Checkpoint) -> str:
    """Why a run ended before its last step; empty if it did not."""
    if _ended_by(experiment, last) != STOP_AT:
        return last.message
    how, of = experiment.training, VALIDATION if experiment.validation else ""
    reached = f"{of}{experiment.built_task.metric_name} reached stop_at = {how.stop_at:g}"
    return f"{reached} after {last.training['step']} of {how.steps} steps"

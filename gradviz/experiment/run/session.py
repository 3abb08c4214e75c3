"""One session of a run: from its last checkpoint to its end or to an interruption."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch

from gradviz.capture.record import record_into
from gradviz.errors import BadRecording
from gradviz.experiment.config.build_model import build
from gradviz.experiment.config.fingerprint import fingerprint
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.check_checkpoint import RUN, check_checkpoint
from gradviz.experiment.run.checkpoint import CannotResume, Checkpoint, load_checkpoint, save_checkpoint
from gradviz.experiment.run.folder import METRICS
from gradviz.experiment.run.interrupt import deferred_interrupt
from gradviz.experiment.run.metrics_file import MetricsFile
from gradviz.experiment.run.recorded_metrics import read_as_recorded
from gradviz.experiment.run.result import DIVERGED, DONE, PATIENCE, STOP_WHEN, STOPPED
from gradviz.experiment.run.task_metadata import task_metadata
from gradviz.experiment.run.validation_files import Best, check_best, save_best, write_validation
from gradviz.recording.attributes import Scalar
from gradviz.recording.file_names import PARTS, RECORDING
from gradviz.recording.load import read_file
from gradviz.recording.parts import PartWriter, keep_parts, lock_folder
from gradviz.training.loop import Diverged, Training, TrainingStep
from gradviz.vocabulary import CONFIG, LOSS, SEED, VALIDATION

if TYPE_CHECKING:
    from gradviz.experiment.alert import Alert

OnStep = Callable[[TrainingStep], None]


class _Stopped(Exception):
    """The training will hardly learn, or no longer improves, and its experiment wants it to end then."""

    def __init__(self, message: str, *, by: str):
        super().__init__(message)
        self.by = by


class Ending(NamedTuple):
    """How a session ended.

    Attributes
    ----------
    checkpoint : Checkpoint
    metrics : mapping of str to sequence of float
        By name, one value per step of the whole run.
    """

    checkpoint: Checkpoint
    metrics: Mapping[str, Sequence[float]]


class RunSession:
    """Trains and records, starting from the checkpoint in the folder.

    Everything written before a checkpoint is on disk when the checkpoint is. The next session deletes what
    was written after it and writes the same again. The recording's parts are merged only after a last
    checkpoint, which says how the training ended.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
    origin : mapping
        As `gradviz.recording.provenance.provenance` returns it.
    on_step : callable
        Called with every training step.
    checkpoint_seconds : float
        Time between checkpoints.

    Raises
    ------
    CannotResume
        If the files of the last session are damaged; nothing is changed then.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: Path,
        *,
        origin: Mapping[str, Scalar],
        on_step: OnStep,
        checkpoint_seconds: float,
    ) -> None:
        self._folder, self._how, self._origin = folder, experiment.recording, origin
        self._on_step, self._interval = on_step, checkpoint_seconds
        torch.manual_seed(experiment.seed)
        model, task = build(experiment)
        self._training = Training(
            model.to(experiment.training.device),
            task,
            experiment.optimisation(),
            validation=None if experiment.validation is None else experiment.validation.made(),
            curriculum=None if experiment.curriculum is None else experiment.curriculum.made(),
        )
        self._metric = task.metric_name
        self._stops, self._lag = experiment.training.stop_when is not None, task.lag
        self._metadata = {
            CONFIG: experiment.table(),
            SEED: experiment.seed,
            **task_metadata(task),
        }
        self._fingerprint = fingerprint(experiment)
        self._last = load_checkpoint(folder) or Checkpoint({}, parts=0, seconds=0.0)
        self._began, self._cpu_began = time.monotonic(), time.process_time()

    def complete(self) -> Ending:
        """Take the remaining training steps and merge the recording's parts.

        Returns
        -------
        Ending
            The last checkpoint and the metrics of all steps.

        Raises
        ------
        Interrupted
            After Ctrl-C or SIGTERM, also while the parts are merged: that is finished first.
        CannotResume
            If the files of the last session are damaged.
        OSError
            If something cannot be written.
        """
        if self._last.outcome and (self._folder / RECORDING).exists():
            merged = self._check_merged()
            shutil.rmtree(self._folder / PARTS, ignore_errors=True)
            lock_folder(self._folder).release()  # the file of the lock of a writer that was killed goes
            return Ending(self._last, merged)
        writer, metrics = self._reopen()
        try:
            with closing(metrics):
                if not self._last.outcome:
                    self._train(writer, metrics)
            with deferred_interrupt() as interrupt:
                writer.close()
        finally:
            writer.abandon()
        if interrupt.requested:
            raise interrupt.error("after the last step; everything is saved")
        return Ending(self._last, metrics.columns)

    def _check_merged(self) -> Mapping[str, Sequence[float]]:
        """The metrics, if the whole recording, beside which its parts are no longer needed, can be read."""
        try:
            check_checkpoint(self._last, self._fingerprint)
            return read_as_recorded(self._folder / METRICS, read_file(self._folder / RECORDING))
        except (BadRecording, ValueError) as error:
            raise CannotResume(f"{error}; --fresh starts the run again") from error

    def _reopen(self) -> tuple[PartWriter, MetricsFile]:
        """Restore everything to the last checkpoint."""
        try:
            check_checkpoint(self._last, self._fingerprint)
            if self._last.training:
                self._training.load_state_dict(self._last.training)
                check_best(self._folder, self._fingerprint, self._last.training)
            keep_parts(self._folder, self._last.parts)
            metrics = MetricsFile(self._folder / METRICS, rows=self._rows(), digest=self._last.metrics)
        except (BadRecording, LookupError, RuntimeError, ValueError, TypeError, AttributeError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise CannotResume(
                f"the run in {self._folder} cannot be resumed: {reason}; --fresh starts it again"
            ) from error
        try:
            writer = PartWriter(
                self._folder, metadata=self._metadata, finished=self._last.parts, origin=self._origin
            )
        except BaseException:
            metrics.close()
            raise
        return writer, metrics

    def _rows(self) -> int:
        """Number of rows of the metrics at the last checkpoint; a step that diverged has a row too."""
        return self._training.step + (self._last.outcome == DIVERGED)

    def _train(self, writer: PartWriter, metrics: MetricsFile) -> None:
        outcome, message, stopped_by = DONE, "", ""
        try:
            self._take_steps(writer, metrics)
        except Diverged as error:
            outcome, message = DIVERGED, str(error)
        except _Stopped as error:
            outcome, message, stopped_by = STOPPED, str(error), error.by
        self._save(writer, metrics, outcome, message, stopped_by)

    def _take_steps(self, writer: PartWriter, metrics: MetricsFile) -> None:
        training = self._training
        with (
            deferred_interrupt() as interrupt,
            record_into(
                writer,
                training.model,
                every=self._how.every,
                samples=self._how.sample_count,
                detail=self._how.detail,
                first_step=training.step,
            ) as tape,
        ):
            raised: list[Alert] = []
            if self._stops:
                from gradviz.experiment.alert import alert  # imports the diagnosis

                alert(tape, raised.append, lag=self._lag)
            saved = time.monotonic()
            for step in training:
                metrics.add(step)
                tape.step(step.loss, **step.metrics, **self._evaluated(step))
                self._keep_best(step)
                self._on_step(step)
                if raised and step.finite and not training.done:
                    raise _Stopped(str(raised[0]), by=STOP_WHEN)
                if not step.finite or training.done:
                    continue
                if interrupt.requested or time.monotonic() - saved >= self._interval:
                    self._save(writer, metrics)
                    saved = time.monotonic()
                if interrupt.requested:
                    raise interrupt.error(f"after step {step.step}; everything is saved")
            if training.stopped:
                raise _Stopped(training.stopped, by=PATIENCE)

    def _evaluated(self, step: TrainingStep) -> dict[str, float]:
        """The results of the evaluation after a step, if there is one, by their names in the recording."""
        found = step.evaluation
        values = {LOSS: found.loss, self._metric: found.metric} if found else {}
        return {f"{VALIDATION}{name}": value for name, value in values.items() if value is not None}

    def _keep_best(self, step: TrainingStep) -> None:
        """Write the weights, if the evaluation after this step is the best."""
        validator = self._training.validator
        if (
            validator is not None
            and step.evaluation is not None
            and step.evaluation.step == validator.best_step
        ):
            weights = self._training.model.state_dict()
            save_best(self._folder, Best(self._fingerprint, step.step, step.evaluation.loss, weights))

    def _save(self, writer: PartWriter, metrics: MetricsFile, *ending: str) -> None:
        """Write a checkpoint; ``ending``, once there is one: outcome, message and what stopped it."""
        writer.flush()
        metrics.flush()
        if self._training.validator is not None:
            write_validation(self._folder, self._training.validator.evaluations, self._metric)
        now, cpu_now = time.monotonic(), time.process_time()
        seconds = self._last.seconds + now - self._began
        cpu_seconds = self._last.cpu_seconds + cpu_now - self._cpu_began
        training = self._training.state_dict() | {RUN: self._fingerprint}
        outcome, message, stopped_by = ending or ("", "", "")
        self._last = Checkpoint(
            training, writer.finished, seconds, outcome, message, metrics.digest, stopped_by, cpu_seconds
        )
        self._began, self._cpu_began = now, cpu_now
        save_checkpoint(self._folder, self._last)

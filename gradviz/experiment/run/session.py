"""One session of a run: from its last checkpoint to its end, or to the next interruption."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import torch

from gradviz.capture.record import record_into
from gradviz.errors import BadRecording
from gradviz.experiment.config.schema import Experiment
from gradviz.experiment.run.build_model import build
from gradviz.experiment.run.checkpoint import CannotResume, Checkpoint, load_checkpoint, save_checkpoint
from gradviz.experiment.run.folder import METRICS
from gradviz.experiment.run.interrupt import Interrupted, deferred_interrupt
from gradviz.experiment.run.metrics_file import MetricsFile
from gradviz.experiment.run.result import DIVERGED, DONE
from gradviz.recording.file_names import PARTS, RECORDING
from gradviz.recording.parts import PartWriter, keep_parts
from gradviz.training.loop import Diverged, Training, TrainingStep
from gradviz.vocabulary import BASELINE, BASELINE_MEANING, CONFIG, INFORMATIVE, LAG, SEED

OnStep = Callable[[TrainingStep], None]


class RunSession:
    """Trains and records from where the folder's checkpoint stands.

    What is written before a checkpoint is on disk when the checkpoint is; what comes after it is thrown away
    by the next session and written again, the same. The recording is put together only after a last
    checkpoint that says how the training ended.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
    on_step : callable
        Is given every training step.
    checkpoint_seconds : float
        Between checkpoints.

    Raises
    ------
    CannotResume
        When what the last session left is damaged; then nothing is changed.
    """

    def __init__(
        self, experiment: Experiment, folder: Path, *, on_step: OnStep, checkpoint_seconds: float
    ) -> None:
        self._folder, self._how = folder, experiment.recording
        self._on_step, self._interval = on_step, checkpoint_seconds
        torch.manual_seed(experiment.seed)
        model, task = build(experiment)
        self._training = Training(model, task, experiment.optimisation())
        self._metadata = {
            CONFIG: experiment.table(),
            SEED: experiment.seed,
            LAG: task.lag,
            BASELINE: task.baseline,
            BASELINE_MEANING: task.baseline_meaning,
            INFORMATIVE: list(task.informative),
        }
        self._last = load_checkpoint(folder) or Checkpoint({}, parts=0, seconds=0.0)
        self._began = time.monotonic()

    def complete(self) -> Checkpoint:
        """Take the steps that are left and put the recording together.

        Returns
        -------
        Checkpoint
            The last one.

        Raises
        ------
        Interrupted
            After Ctrl-C.
        CannotResume
            When what the last session left is damaged.
        OSError
            When something cannot be written.
        """
        if self._last.outcome and (self._folder / RECORDING).exists():
            shutil.rmtree(self._folder / PARTS, ignore_errors=True)
            return self._last
        writer, metrics = self._reopen()
        with closing(metrics):
            if not self._last.outcome:
                self._train(writer, metrics)
        writer.close()
        return self._last

    def _reopen(self) -> tuple[PartWriter, MetricsFile]:
        """Everything as it was at the last checkpoint."""
        try:
            if self._last.training:
                self._training.load_state_dict(self._last.training)
            keep_parts(self._folder, self._last.parts)
            metrics = MetricsFile(self._folder / METRICS, rows=self._rows())
        except (BadRecording, KeyError, RuntimeError, ValueError) as error:
            raise CannotResume(
                f"the run in {self._folder} cannot be resumed: {error}; --fresh begins it anew"
            ) from error
        writer = PartWriter(self._folder, metadata=self._metadata, finished=self._last.parts)
        return writer, metrics

    def _rows(self) -> int:
        """Of the metrics at the last checkpoint; the step that diverged has one too."""
        return self._training.step + (self._last.outcome == DIVERGED)

    def _train(self, writer: PartWriter, metrics: MetricsFile) -> None:
        outcome, message = DONE, ""
        try:
            self._take_steps(writer, metrics)
        except Diverged as error:
            outcome, message = DIVERGED, str(error)
        self._save(writer, metrics, outcome, message)

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
            saved = time.monotonic()
            for step in training:
                metrics.add(step)
                tape.step(step.loss, **step.metrics)
                self._on_step(step)
                if not step.finite or training.done:
                    continue
                if interrupt.requested or time.monotonic() - saved >= self._interval:
                    self._save(writer, metrics)
                    saved = time.monotonic()
                if interrupt.requested:
                    raise Interrupted(f"interrupted after step {step.step}; everything is saved")

    def _save(self, writer: PartWriter, metrics: MetricsFile, outcome: str = "", message: str = "") -> None:
        writer.flush()
        metrics.flush()
        now = time.monotonic()
        seconds = self._last.seconds + now - self._began
        self._last = Checkpoint(self._training.state_dict(), writer.finished, seconds, outcome, message)
        self._began = now
        save_checkpoint(self._folder, self._last)

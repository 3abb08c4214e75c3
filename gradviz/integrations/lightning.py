"""`GradientFlow`: a Lightning callback that records gradient flow while a trainer trains."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradviz.arguments import check_bool, check_one_of, check_whole_number
from gradviz.capture.distributed import folder_of, this_process
from gradviz.capture.record import DETAILS, record, record_into
from gradviz.capture.schedule import Schedule, as_schedule
from gradviz.capture.tape import Tape
from gradviz.diagnosis.diagnose import diagnose as diagnose_recording
from gradviz.errors import CannotWatch, NothingRecorded
from gradviz.experiment.alert import Alert, alert
from gradviz.integrations.callback_class import callback_class
from gradviz.integrations.lightning_trainer import MeanLoss, first_step_of, logs_to, optimizer_of, scaler_of
from gradviz.recording.file_names import holds_recording
from gradviz.recording.sink import MemorySink
from gradviz.recording.storage import Storage, storage
from gradviz.vocabulary import FORWARD_ONLY

if TYPE_CHECKING:
    import xarray as xr

    from gradviz.diagnosis.diagnosis import Diagnosis

HOPELESS = "hopeless"
_NEXT_STEP = "next_step"

_Callback: Any = callback_class()


class GradientFlow(_Callback):  # type: ignore[misc]  # which of two classes it is shows at run time
    """Record the gradient flow of a LightningModule while ``trainer.fit`` trains it.

    A training step is what ends with an optimizer step: under ``accumulate_grad_batches`` the batches before
    it are the calls of one step. Its number is the one under which Lightning itself logs. At recorded steps
    every logger of the trainer gets ``tape.summary()``. Validation, sanity checks and tests are not recorded.
    The training is bit-identical to one without the callback, on the CPU.

    Parameters
    ----------
    every : int or callable ``step -> bool``
        Which training steps are recorded.
    samples, detail, modules
        As in `gradviz.record`.
    path : path-like or Storage, optional
        As in `gradviz.record`. A fit that goes on from a checkpoint, and a second ``fit`` with the same
        callback, go on with the recording; steps after the checkpoint that were recorded already are
        replaced. In a ``fast_dev_run`` nothing is written.
    lag : int, optional
        Time steps that the task has to bridge, for the diagnosis and for ``stop_when``.
    stop_when : {"hopeless"}, optional
        End the training as soon as `gradviz.alert` says that it will hardly learn its task. Needs ``lag``.
    diagnose : bool
        Whether to diagnose the recording at the end of ``fit`` and, on rank 0, to print it.

    Attributes
    ----------
    tape : Tape or None
        While ``fit`` trains, for ``tape.observe``; afterwards the last one.
    diagnosis : Diagnosis or None
        At the end of a ``fit`` that was not interrupted.
    alert : Alert or None
        Why the training was ended.

    Raises
    ------
    ValueError, TypeError, UnknownName
        If an option is outside of its range; ``fit`` raises what `gradviz.record` raises.

    Notes
    -----
    Of several optimizers the first one that holds weights of a recurrent module is watched. In a distributed
    training each process records its own part; with ``stop_when`` the processes tell each other at every
    recorded step whether to stop.

    Examples
    --------
    >>> import lightning
    >>> from gradviz.integrations import GradientFlow
    >>> flow = GradientFlow(every=50, path="runs/mine", lag=100)
    >>> trainer = lightning.Trainer(max_steps=1000, callbacks=[flow])  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        every: int | Schedule = 50,
        samples: int | None = 16,
        detail: str = "norms",
        modules: str | Sequence[str] | None = None,
        path: str | os.PathLike[str] | Storage | None = None,
        lag: int | None = None,
        stop_when: str | None = None,
        diagnose: bool = True,
    ):
        super().__init__()
        self._schedule = as_schedule(every)
        check_one_of("detail", detail, DETAILS)
        if lag is not None:
            check_whole_number("lag", lag, at_least=1)
        if stop_when is not None:
            check_one_of("stop_when", stop_when, (HOPELESS,))
            if lag is None or detail == FORWARD_ONLY:
                needed = "lag, the time steps that the task has to bridge" if lag is None else "gradients"
                raise ValueError(f"stop_when={stop_when!r} needs {needed}")
        self._options: dict[str, Any] = dict(every=every, samples=samples, detail=detail, modules=modules)
        self._place = path if path is None or isinstance(path, Storage) else storage(path)
        self._lag, self._stop_when = lag, stop_when
        self._diagnoses = check_bool("diagnose", diagnose)
        self._next_step: int | None = None  # once this callback, or the one in a checkpoint, has recorded
        self._memory: MemorySink | None = None
        self._open = ExitStack()
        self._pause = ExitStack()
        self._loss = MeanLoss()
        self._optimizer_steps = 0
        self.tape: Tape | None = None
        self.diagnosis: Diagnosis | None = None
        self.alert: Alert | None = None

    @property
    def state_key(self) -> str:
        """Under which a checkpoint keeps the state: two callbacks may record two parts of a model."""
        return f"GradientFlow{{'modules': {self._options['modules']!r}}}"

    def state_dict(self) -> dict[str, Any]:
        """The number of the next training step; a checkpoint keeps it."""
        return {} if self._next_step is None else {_NEXT_STEP: self._next_step}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._next_step = state_dict.get(_NEXT_STEP)

    @property
    def tree(self) -> xr.DataTree:
        """The recording of this process; see `gradviz.load` for one on disk.

        Raises
        ------
        NothingRecorded
            If nothing was recorded yet.
        """
        if self.tape is None:
            raise NothingRecorded(
                "nothing is recorded: trainer.fit has not begun to train in this process; what other "
                "processes recorded to a path can be read by gv.load"
            )
        return self.tape.tree

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Open the recording."""
        self._close(None)
        first_step = first_step_of(trainer) if self._next_step is None else self._next_step
        self.alert = self.diagnosis = None
        self.tape = self._new_tape(trainer, pl_module, first_step)
        if self._stop_when is not None and self._lag is not None:
            alert(self.tape, self._take_alert, lag=self._lag)
        self._open.push(self.tape.__exit__)
        self.tape.__enter__()
        self._loss = MeanLoss()
        self._next_step, self._optimizer_steps = self.tape.next_step, trainer.global_step

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """End the training step, if this batch ended in an optimizer step."""
        if self.tape is None or self._next_step is None:
            return
        divided_by = trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1
        self._loss.add(outputs, divided_by)
        if trainer.global_step == self._optimizer_steps:
            return
        is_recorded = self._schedule(self._next_step)
        self._optimizer_steps = trainer.global_step
        self._next_step += 1
        self.tape.step(self._loss.take(), scaler=scaler_of(trainer))
        if self._stop_when is not None and is_recorded:
            self._stop_if_hopeless(trainer)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Record nothing of a validation in the middle of the training."""
        if self.tape is not None and trainer.state.fn == "fit":
            self._pause.enter_context(self.tape.paused())

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Go on recording."""
        self._pause.close()

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Close the recording and diagnose it."""
        self._close(None)
        if self._diagnoses and self.tape is not None:
            self.diagnosis = self._diagnosis(self.tape)
            if self.diagnosis is not None and trainer.is_global_zero:
                print(self.diagnosis)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Close the recording; what was recorded stays."""
        self._close(exception)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Close the recording, if nothing has done so."""
        self._close(None)

    def _new_tape(self, trainer: Any, model: Any, first_step: int) -> Tape:
        options = {**self._options, "optimizer": optimizer_of(trainer, model), "log": logs_to(trainer)}
        place = self._place
        if place is not None and not trainer.fast_dev_run:
            # The checkpoint of a training without this callback has a first step, but no recording to change.
            if self._next_step is not None or (
                first_step and not holds_recording(folder_of(this_process(), place.path))
            ):
                place = replace(place, append=True, first_step=first_step)
            return record(model, path=place, **options)
        if self._memory is None or any(step >= first_step for step in self._memory.steps):
            self._memory = MemorySink()
        return record_into(self._memory, model, first_step=first_step, **options)

    def _close(self, exception: BaseException | None) -> None:
        self._pause.close()
        is_open, self._open = self._open, ExitStack()
        is_open.__exit__(None if exception is None else type(exception), exception, None)

    def _take_alert(self, found: Alert) -> None:
        self.alert = found

    def _stop_if_hopeless(self, trainer: Any) -> None:
        stops = self.alert is not None
        if trainer.world_size > 1:
            stops = trainer.strategy.reduce_boolean_decision(stops, all=False)
        if stops and not trainer.should_stop:
            trainer.should_stop = True
            if self.alert is not None:
                print(f"GradientFlow ends this training. {self.alert}")

    def _diagnosis(self, tape: Tape) -> Diagnosis | None:
        try:
            return diagnose_recording(tape.tree, lag=self._lag)
        except (NothingRecorded, CannotWatch):  # the end of the recording has said why
            return None

"""What has been recorded so far, read from a tape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gradviz.arguments import check_one_of
from gradviz.capture.forward_recorder import ForwardRecorder
from gradviz.capture.kept_steps import KeptSteps
from gradviz.capture.names_by_cell import NamesByCell
from gradviz.capture.newest_step import NewestStep
from gradviz.capture.schedule import Schedule, in_words
from gradviz.capture.step_recorder import StepRecorder
from gradviz.capture.tape_view import CLOSED, NEW, Moment, tape_view
from gradviz.capture.watch import Watch
from gradviz.errors import CannotWatch, NothingRecorded
from gradviz.recording.call_record import CallRecord
from gradviz.recording.frozen_modules import frozen_modules, why_frozen
from gradviz.recording.merge import merge
from gradviz.recording.save import save
from gradviz.recording.sink import MemorySink, RecordingSink
from gradviz.recording.tree import module_names, select_module
from gradviz.short_view import ShortView
from gradviz.vocabulary import NOTHING_RECORDED, STEP_UNFINISHED, STEPS_WITHOUT_TAPE_STEP

if TYPE_CHECKING:
    import xarray as xr


class TapeReading:
    """The part of a tape that reads: its sink holds the steps that have ended, its recorder the last one.

    Parameters
    ----------
    recorder : StepRecorder or ForwardRecorder
    watch : Watch
    sink : RecordingSink
    first_step : int
        Number of the training step that runs first; a later one goes on with an earlier recording.
    schedule : callable ``step -> bool``
        Which training steps are recorded.
    """

    def __init__(
        self,
        recorder: StepRecorder | ForwardRecorder,
        watch: Watch,
        sink: RecordingSink,
        first_step: int,
        schedule: Schedule,
    ):
        self._recorder = recorder
        self._watch = watch
        self._sink = sink
        self._step = first_step
        self._first_step = first_step
        self._resumed = first_step > 0
        self._has_gradients = isinstance(recorder, StepRecorder)
        self._names_by_cell = NamesByCell()
        self._kept = KeptSteps()
        self._newest = NewestStep()
        self._saw_call = False
        self._schedule = schedule
        self._state = NEW
        self._why_nothing = ""  # once the recording has ended without any step, or where none is meant

    def __repr__(self) -> str:
        try:
            return self._view().text()
        except Exception:  # a debugger shows a tape that is half made, or that another thread changes
            return object.__repr__(self)

    def _repr_html_(self) -> str | None:
        try:
            return self._view().html()
        except Exception:  # a notebook then shows the text
            return None

    def _view(self) -> ShortView:
        """What the tape shows at the prompt: of what has been kept, so that nothing is measured for it."""
        return tape_view(
            self._kept,
            self._moment(),
            self._sink,
            names=self.names,
            chosen=in_words(self._schedule),
            reasons=self._reasons(),
        )

    def _moment(self) -> Moment:
        return Moment(
            self._state,
            self._step,
            first_step=self._first_step,
            is_due=self._watch.is_on,
            has_called=self._recorder.has_called,
            forgotten=self._watch.optimizer_steps.without_tape_step,
        )

    def _reasons(self) -> tuple[str, ...]:
        """Why something is not recorded, as far as it is known without measuring anything."""
        if not self.names:
            return (self._watch.interceptor.nothing_to_record,)
        if self._why_nothing:
            return (self._why_nothing,)
        return tuple(self._watch.unseen.reasons.values())

    @property
    def names(self) -> list[str]:
        """Dotted names of the recurrent modules that are recorded, and names that were given to `observe`.

        Also those of an earlier step.  Where a module was replaced by one of another kind, that one's cell
        stands after its name: ``"rnn (gru)"``.
        """
        return [
            *self._watch.interceptor.names,
            *self._names_by_cell.further,
            *self._recorder.observed.names,
        ]

    @property
    def is_closed(self) -> bool:
        """Whether the recording has ended."""
        return self._state == CLOSED

    @property
    def next_step(self) -> int:
        """Number of the training step that the next ``tape.step`` ends."""
        return self._step

    @property
    def has_gradients(self) -> bool:
        """Whether gradients are recorded, and not forward passes only."""
        return self._has_gradients

    @property
    def saw_call(self) -> bool:
        """Whether a recurrent call that can be recorded was made, even if no gradient has arrived."""
        return self._saw_call or self._recorder.has_called

    @property
    def tree(self) -> xr.DataTree:
        """Everything recorded so far, including the current step.

        Raises
        ------
        NothingRecorded
            If no gradient has reached a recurrent module yet; with ``detail="forward"``, if none was called.
            Not if the weights of all that were called are frozen: the tree then has no modules, and the
            attribute ``nothing_recorded`` says why.
        """
        self._check_something_to_record()
        running = self._records()
        if not self._kept and not running and not self._resumed:
            curves = self._curves()
            why = self._why_empty(self.saw_call)
            if not frozen_modules(curves):
                raise NothingRecorded(f"nothing is recorded yet: {why}")
            curves.attrs[NOTHING_RECORDED] = why
            return curves
        if not running:
            return self._sink.tree()
        now = self._of_this_step(running)
        return merge([self._sink.tree(), now.tree()]) if self._step else now.tree()

    def _of_this_step(self, running: Sequence[CallRecord]) -> MemorySink:
        """The records of the step that runs, with its training curves."""
        now = MemorySink()
        for record in running:
            now.add(record)
        now.add_metrics(self._step, self._so_far())
        return now

    def _curves(self) -> xr.DataTree:
        """The training curves, with those of the step that runs, and no module that has yet to be kept."""
        return merge([self._sink.tree(), self._of_this_step(()).tree()])

    @property
    def dataset(self) -> xr.Dataset:
        """The recording of the only recurrent module; with several, use ``tape[name]``."""
        tree = self.tree
        if NOTHING_RECORDED in tree.attrs and not module_names(tree):
            raise NothingRecorded(f"nothing is recorded yet: {tree.attrs[NOTHING_RECORDED]}")
        return select_module(tree)

    def __getitem__(self, name: str) -> xr.Dataset:
        check_one_of("module", name, self.names)
        tree = self.tree
        if name not in module_names(tree):
            why = self._recorder.observed.why_missing(name) or self._watch.unseen.reasons.get(name)
            why = why_frozen([name]) if name in frozen_modules(tree) else why
            what = "no gradient has reached" if self._has_gradients else "no call was seen of"
            raise NothingRecorded(why or f"{what} {name!r} yet")
        return select_module(tree, module=name)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Record nothing of what the model does within; without gradients only ``"forward"`` would anyway.

        Examples
        --------
        >>> import torch
        >>> import gradviz as gv
        >>> rnn = torch.nn.RNN(2, 3)
        >>> with gv.record(rnn, detail="forward") as tape, torch.no_grad():
        ...     _ = rnn(torch.ones(5, 1, 2))
        ...     with tape.paused():
        ...         _ = rnn(torch.ones(9, 1, 2))
        >>> tape.dataset.sizes["time"]
        5
        """
        self._watch.pause(True)
        try:
            yield
        finally:
            self._watch.pause(False)

    def summary(self) -> dict[str, float]:
        """The last recorded step as few numbers, for loggers; `gradviz.scalars` says which, in which units.

        Returns
        -------
        dict of str to float
            Finite numbers only: what is infinite or NaN is left out.

        Raises
        ------
        NothingRecorded
            If no step has been recorded yet.

        Examples
        --------
        >>> import torch
        >>> import gradviz as gv
        >>> lstm = torch.nn.LSTM(3, 8)
        >>> with gv.record(lstm) as tape:
        ...     loss = lstm(torch.randn(20, 5, 3))[0][-1].sum()
        ...     loss.backward()
        ...     tape.step(loss)
        >>> found = tape.summary()
        >>> found["gradviz/loss"] == loss.item(), found["gradviz/lstm/unreached"]
        (True, 0.0)
        """
        if self._newest:
            return self._newest.summary()
        now = NewestStep()
        now.note(self._records(), self._so_far())
        if not now:
            raise NothingRecorded(f"nothing is recorded yet: {self._why_empty(self.saw_call)}")
        return now.summary()

    def save(self, path: str | Path) -> Path:
        """Write the recording so far as one netCDF file; see `gradviz.load`."""
        return save(self.tree, path)

    def _check_something_to_record(self) -> None:
        if not self.names:
            raise CannotWatch(self._watch.interceptor.nothing_to_record)

    def _so_far(self) -> dict[str, float]:
        """The training curves at the step that is running; empty if nothing was measured in it."""
        measured = self._watch.whole_step.metrics()
        return measured | {STEP_UNFINISHED: 1.0} if measured else {}

    def _records(self) -> list[CallRecord]:
        records = self._recorder.records(self._step)
        forgotten = self._watch.optimizer_steps.without_tape_step
        fact = {STEPS_WITHOUT_TAPE_STEP: forgotten} if forgotten else {}
        return [
            self._names_by_cell.named(self._watch.whole_step.complete(record.with_more({}, fact)))
            for record in records
        ]

    def _why_unrecorded(self) -> str:
        """Why calls are not recorded: that is meant, they could not be seen, or the weights are frozen."""
        if self._why_nothing:
            return self._why_nothing
        if self._watch.unseen.reasons:
            return " ".join(self._watch.unseen.reasons.values())
        frozen = frozen_modules(self._curves())
        return why_frozen(frozen) if frozen else ""

    def _why_empty(self, called: bool) -> str:
        if why := self._why_unrecorded():
            return why
        modules = ", ".join(self._watch.interceptor.names)
        if not self._has_gradients:
            what = f"no call of {modules} was seen" if modules else "tape.observe was not called"
            return f"{what} at a recorded step{self._watch.unseen.if_compiled}"
        missing = [self._recorder.observed.why_missing(name) for name in self._recorder.observed.names]
        if any(missing):
            return "; ".join(filter(None, missing))
        if called:
            return "call loss.backward() inside the with block, before the recording is read"
        if not modules:
            return "tape.observe was not called at a recorded step with gradients enabled"
        return f"no call of {modules} with gradients enabled was seen at a recorded step"

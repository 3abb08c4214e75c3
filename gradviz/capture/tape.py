"""The tape: what `gradviz.record` returns."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from gradviz.arguments import check_one_of
from gradviz.capture.interceptor import CallInterceptor
from gradviz.capture.observation import check_place, check_ranges, observation
from gradviz.capture.optimizer_steps import OptimizerSteps
from gradviz.capture.schedule import Schedule
from gradviz.capture.step_recorder import StepRecorder
from gradviz.errors import CannotWatch, NothingRecorded, NothingRecordedWarning
from gradviz.recording.call_record import CallRecord
from gradviz.recording.merge import merge
from gradviz.recording.save import save
from gradviz.recording.sink import MemorySink, RecordingSink
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import STEPS_WITHOUT_TAPE_STEP

if TYPE_CHECKING:
    import xarray as xr


class Tape:
    """A recording, both while it is made and afterwards; `gradviz.record` returns it.

    It is a context manager that can be entered once.  What counts as one sequence is said in the notes of
    `gradviz.record`.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        schedule: Schedule,
        samples: int | None,
        detail: str,
        sink: RecordingSink,
        closes_sink: bool = True,
        first_step: int = 0,
    ):
        self._recorder = StepRecorder(samples, detail)
        self._interceptor = CallInterceptor(model, self._recorder.intercept, self._recorder.permuted)
        self._optimizer_steps = OptimizerSteps(model, self._recorder.end_iteration)
        self._schedule = schedule
        self._sink = sink
        self._closes_sink = closes_sink
        self._step = first_step
        self._resumed = first_step > 0
        self._kept: set[str] = set()
        self._state = "new"
        self._saw_call = False

    def __enter__(self) -> Tape:
        if self._state != "new":
            raise RuntimeError("a tape records once; call gradviz.record again for another recording")
        self._state = "open"
        self._watch_if_due()
        self._optimizer_steps.start()
        for stop in (self._interceptor.stop, self._optimizer_steps.stop, self._recorder.clear):
            weakref.finalize(self, stop)  # for a tape that is dropped before its end
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._interceptor.stop()
        self._optimizer_steps.stop()
        self._state = "closed"
        called = self._saw_call = self.saw_call
        try:
            self._keep_step(tell=exc_type is None)
        finally:
            self._recorder.clear()
            if self._closes_sink:
                self._sink.close()
        if exc_type is None:
            self._check_something_to_record()
        if not self._kept and exc_type is None and not self._resumed and not self._recorder.observed.missing:
            message = f"nothing was recorded: {self._why_empty(called)}"
            warnings.warn(message, NothingRecordedWarning, stacklevel=2)

    @property
    def names(self) -> list[str]:
        """Dotted names of the recurrent modules of the model, and names that were given to `observe`."""
        return [*self._interceptor.names, *self._recorder.observed.names]

    @property
    def saw_call(self) -> bool:
        """Whether a recurrent call with gradients enabled was made, even if no gradient has arrived."""
        return self._saw_call or self._recorder.has_called

    @property
    def tree(self) -> xr.DataTree:
        """Everything recorded so far, including the current step.

        Raises
        ------
        NothingRecorded
            If no gradient has reached a recurrent module yet.
        """
        self._check_something_to_record()
        running = self._records()
        if not self._kept and not running:
            raise NothingRecorded(f"nothing is recorded yet: {self._why_empty(self.saw_call)}")
        if not running:
            return self._sink.tree()
        now = MemorySink()
        for record in running:
            now.add(record)
        return merge([self._sink.tree(), now.tree()]) if self._step else now.tree()

    @property
    def dataset(self) -> xr.Dataset:
        """The recording of the only recurrent module; with several, use ``tape[name]``."""
        return select_module(self.tree)

    def __getitem__(self, name: str) -> xr.Dataset:
        check_one_of("module", name, self.names)
        tree = self.tree
        if name not in module_names(tree):
            raise NothingRecorded(
                self._recorder.observed.why_missing(name) or f"no gradient has reached {name!r} yet"
            )
        return select_module(tree, module=name)

    def step(self, loss: Any = None, **metrics: Any) -> None:
        """End one training iteration.

        Parameters
        ----------
        loss : float or scalar tensor, optional
            Loss of this iteration; it is stored whether or not the step is recorded.
        **metrics : float or scalar tensor
            Further values to store with the loss.

        Raises
        ------
        RuntimeError
            If called outside of the ``with`` block.
        """
        if self._state != "open":
            raise RuntimeError("tape.step works only inside its with block")
        self._interceptor.leave()
        self._check_something_to_record()
        if loss is not None:
            metrics = {"loss": loss, **metrics}
        self._keep_step()
        self._saw_call = self.saw_call
        self._recorder.clear()
        self._optimizer_steps.reset()
        self._sink.add_metrics(self._step, metrics)
        self._step += 1
        self._watch_if_due()

    def observe(
        self,
        name: str,
        tensor: Tensor,
        *,
        time: int | None = None,
        gates: Mapping[str, Tensor] | None = None,
        squash: Mapping[str, str] | None = None,
        cell_state: Tensor | None = None,
        keeps: str | None = None,
    ) -> None:
        """Record the total gradient at one time step of a recurrence that is written by hand.

        Parameters
        ----------
        name : str
            Name of the recurrence in the recording.
        tensor : Tensor, shape (batch, unit) or (unit,)
            The state at one time step: the tensor that the loop continues with, or a view of it such as
            ``state[0]``, which is followed to what it is a view of.
        time : int, optional
            Its time step, counted from 0; by default the one after the last.  A time that does not
            increase begins another sequence, at the next place along the dim ``call``.
        gates : mapping of str to Tensor, shape (batch, unit) or (unit,), optional
            The activations of the gates as the loop uses them, in the order in which they are to be shown.
            A gate may have another number of units than the state, such as one for each head; all its
            statistics are then over its own units, and it is NaN along ``unit`` beyond them.
        squash : mapping of str to {"sigmoid", "tanh", "relu", "exp"}, optional
            The squashing function of a gate; ``"sigmoid"`` where not given.  ``log10_grad_gate`` is the
            gradient at its argument.
        cell_state : Tensor, shape (batch, unit) or (unit,), optional
            A second state; it may have another number of units.
        keeps : str, optional
            The sigmoid gate that keeps the state when it is near 1.  Time constants need it.

        Raises
        ------
        RuntimeError
            If called outside of the ``with`` block.
        TypeError
            If a tensor is not of floating-point numbers, or `gates` or `squash` is not a mapping from names.
        ValueError
            For another shape, a negative time, the name of a recurrent module of the model, a gate outside of
            the range of its function, or gates that are not those of the time step before.
        UnknownName
            If `squash` or `keeps` names a gate that is not given, or a function is not known.

        Warns
        -----
        NothingRecordedWarning
            At the end of a step, if a tensor was copied for this call only, so that no gradient can reach it.
        DirectOnlyWarning
            If the states were computed all at once, as by a parallel scan: none comes from the one before,
            so only ``log10_grad_h_direct`` is recorded.

        Examples
        --------
        >>> import torch
        >>> import gradviz as gv
        >>> net, h = torch.nn.Linear(3, 8), torch.zeros(2, 4)
        >>> with gv.record(net) as tape:
        ...     for t in range(6):  # a minimal GRU
        ...         update, candidate = net(torch.randn(2, 3)).chunk(2, dim=1)
        ...         update = torch.sigmoid(update)
        ...         h = (1 - update) * h + update * candidate
        ...         tape.observe("mine", h, time=t, gates={"update": update})
        ...     h.sum().backward()
        >>> tape["mine"]["log10_grad_h"].sizes["time"]
        6
        >>> tape["mine"]["gate_mean"].dims
        ('step', 'layer', 'direction', 'time', 'gate')
        """
        if self._state != "open":
            raise RuntimeError("tape.observe works only inside its with block")
        given = observation(tensor, gates=gates, squash=squash, cell_state=cell_state, keeps=keeps)
        check_place(name, time, taken=self._interceptor.names)
        is_recorded = self._interceptor.running and torch.is_grad_enabled()
        if is_recorded:
            check_ranges(name, given)
        given = self._recorder.observed.note(name, given)
        if is_recorded:
            self._recorder.observe(name, given, time)

    def save(self, path: str | Path) -> Path:
        """Write the recording so far as one netCDF file; see `gradviz.load`."""
        return save(self.tree, path)

    def _check_something_to_record(self) -> None:
        if not self.names:
            raise CannotWatch(self._interceptor.nothing_to_record)

    def _watch_if_due(self) -> None:
        if self._schedule(self._step):
            self._interceptor.start()
        else:
            self._interceptor.stop()

    def _keep_step(self, *, tell: bool = True) -> None:
        for record in self._records():
            self._sink.add(record)
            self._kept.add(record.module)
        if tell:
            self._recorder.observed.tell_missing()

    def _records(self) -> list[CallRecord]:
        records = self._recorder.records(self._step)
        forgotten = self._optimizer_steps.without_tape_step
        fact = {STEPS_WITHOUT_TAPE_STEP: forgotten} if forgotten else {}
        return [replace(record, attributes=record.attributes | fact) for record in records]

    def _why_empty(self, called: bool) -> str:
        missing = [self._recorder.observed.why_missing(name) for name in self._recorder.observed.names]
        if any(missing):
            return "; ".join(filter(None, missing))
        if called:
            return "call loss.backward() inside the with block, before the recording is read"
        names = ", ".join(self._interceptor.names)
        if not names:
            return "tape.observe was not called at a recorded step with gradients enabled"
        return f"no call of {names} with gradients enabled was seen at a recorded step"

"""The tape: what `gradviz.record` returns."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gradviz.arguments import check_one_of, check_whole_number
from gradviz.capture.chosen_modules import ChosenModules
from gradviz.capture.forward_recorder import ForwardRecorder
from gradviz.capture.names_by_cell import NamesByCell
from gradviz.capture.schedule import Schedule
from gradviz.capture.step_recorder import StepRecorder
from gradviz.capture.watch import Watch
from gradviz.errors import CannotWatch, NothingRecorded, NothingRecordedWarning
from gradviz.recording.call_record import CallRecord
from gradviz.recording.merge import merge
from gradviz.recording.save import save
from gradviz.recording.sink import MemorySink, RecordingSink
from gradviz.recording.tree import module_names, select_module
from gradviz.vocabulary import FORWARD_ONLY, STEPS_WITHOUT_TAPE_STEP

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
        sink: RecordingSink,
        *,
        schedule: Schedule,
        samples: int | None,
        detail: str,
        chosen: ChosenModules,
        closes_sink: bool = True,
        first_step: int = 0,
        optimizer: Optimizer | None = None,
    ):
        self._has_gradients = detail != FORWARD_ONLY
        self._recorder = StepRecorder(samples, detail) if self._has_gradients else ForwardRecorder(samples)
        self._watch = Watch(model, self._recorder, chosen, optimizer)
        self._names_by_cell = NamesByCell()
        self._schedule = schedule
        self._sink = sink
        self._closes_sink = closes_sink
        self._step = first_step
        self._resumed = first_step > 0
        self._kept: set[str] = set()
        self._state = "new"
        self._observed = False
        self._saw_call = False

    def __enter__(self) -> Tape:
        if self._state != "new":
            raise RuntimeError("a tape records once; call gradviz.record again for another recording")
        self._state = "open"
        self._watch.begin(self)
        self._watch_if_due()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._watch.end()
        self._state = "closed"
        if self._watch.is_in_a_fork():
            return
        called = self._saw_call = self.saw_call
        try:
            self._keep_step()
            if measured := self._watch.whole_step.metrics():
                self._sink.add_metrics(self._step, measured)
        finally:
            self._recorder.clear()
            if self._closes_sink:
                self._sink.close()
        if exc_type is not None:
            return
        self._check_something_to_record()
        self._watch.unseen.warn()
        if not self._kept and not self._resumed and not self._watch.unseen.reasons:
            message = f"nothing was recorded: {self._why_empty(called)}"
            warnings.warn(message, NothingRecordedWarning, stacklevel=2)

    @property
    def names(self) -> list[str]:
        """Dotted names of the recurrent modules that are recorded, also of those of an earlier step.

        Where a module was replaced by one of another kind, that one's cell stands after its name:
        ``"rnn (gru)"``.
        """
        return self._watch.interceptor.names + self._names_by_cell.further

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
        """
        self._check_something_to_record()
        running = self._records()
        if not self._kept and not running and not self._resumed:
            raise NothingRecorded(f"nothing is recorded yet: {self._why_empty(self.saw_call)}")
        if not running:
            return self._sink.tree()
        now = MemorySink()
        for record in running:
            now.add(record)
        now.add_metrics(self._step, self._watch.whole_step.metrics())
        return merge([self._sink.tree(), now.tree()]) if self._step else now.tree()

    @property
    def dataset(self) -> xr.Dataset:
        """The recording of the only recurrent module; with several, use ``tape[name]``."""
        return select_module(self.tree)

    def __getitem__(self, name: str) -> xr.Dataset:
        check_one_of("module", name, self.names)
        tree = self.tree
        if name not in module_names(tree):
            what = "no gradient has reached" if self._has_gradients else "no call was seen of"
            raise NothingRecorded(f"{what} {name!r} yet")
        return select_module(tree, module=name)

    def step(
        self, loss: Any = None, *, output: Any = None, target: Any = None, scaler: Any = None, **metrics: Any
    ) -> None:
        """End one training iteration.

        Parameters
        ----------
        loss : float or scalar tensor, optional
            Loss of this iteration; it is stored whether or not the step is recorded.
        output, target : Tensor or array, shape (batch, ...), optional
            What the loss compares.  Recorded are ``output_spread`` and ``target_spread``: for floats the
            standard deviation over the batch, as root mean square over all other axes; for integers and
            booleans, which count as classes, the Gini impurity 1 - Σ p_k² over the batch, as mean over all
            other axes.  NaN for a batch of one.
        scaler : torch.amp.GradScaler, optional
            The one that scaled the loss: gradients are then recorded divided by its scale.  ``underflow``
            and ``loss`` stay as they are.  Of a step with two scales the gradients are NaN.
        **metrics : float or scalar tensor
            Further values to store with the loss, with names other than those of the options above.  One
            named like a curve that gradviz records itself, such as ``grad_norm``, takes its place.

        Raises
        ------
        RuntimeError
            If called outside of the ``with`` block.
        TypeError
            If a metric is not one number, output or target is not a batch of numbers, or ``scaler`` does not
            scale gradients.
        ValueError
            If the name of a metric is reserved, or output and target have no batch axis or batches of
            different sizes.

        Examples
        --------
        >>> import torch
        >>> import gradviz as gv
        >>> lstm, target = torch.nn.LSTM(2, 1), torch.zeros(4)
        >>> optimizer = torch.optim.SGD(lstm.parameters(), lr=0.1)
        >>> with gv.record(lstm, optimizer=optimizer) as tape:
        ...     output = lstm(torch.randn(9, 4, 2))[0][-1]  # (batch, 1)
        ...     loss = torch.nn.functional.mse_loss(output.squeeze(1), target)
        ...     loss.backward()
        ...     optimizer.step()
        ...     tape.step(loss, output=output, target=target)
        >>> [float(tape.dataset[name][0]) for name in ("target_spread", "parameters_not_zeroed")]
        [0.0, 0.0]
        """
        if self._state != "open":
            raise RuntimeError("tape.step works only inside its with block")
        if self._watch.is_in_a_fork():
            return
        self._watch.whole_step.give(output, target, scaler)
        self._watch.interceptor.leave()
        self._check_something_to_record()
        if loss is not None:
            metrics = {"loss": loss, **metrics}
        self._keep_step()
        self._saw_call = self.saw_call
        self._recorder.clear()
        self._watch.optimizer_steps.reset()
        self._sink.add_metrics(self._step, self._watch.whole_step.metrics() | metrics)
        self._watch.whole_step.end_step()
        self._step += 1
        self._watch_if_due()
        self._watch.unseen.warn()

    def observe(self, name: str, tensor: Tensor, *, time: int | None = None) -> None:
        """Record the total gradient at one state of a recurrence that is written by hand.

        Parameters
        ----------
        name : str
            Name of the recurrence in the recording.
        tensor : Tensor, shape (batch, unit) or (unit,)
            The state at one time step: the tensor that the loop continues with.
        time : int, optional
            Its time step, counted from 0; by default the one after the last.  A time that does not
            increase begins another sequence, at the next place along the dim ``call``.

        Raises
        ------
        RuntimeError
            If called outside of the ``with`` block.
        TypeError
            If it is not a floating-point tensor.
        ValueError
            For another shape, a negative time, or the name of a recurrent module of the model.

        Examples
        --------
        >>> import torch
        >>> import gradviz as gv
        >>> recurrent, h = torch.nn.Linear(4, 4), torch.zeros(2, 4)
        >>> with gv.record(recurrent) as tape:
        ...     for t in range(6):
        ...         h = torch.tanh(recurrent(h) + torch.randn(2, 4))
        ...         tape.observe("mine", h, time=t)
        ...     h.sum().backward()
        >>> tape.tree["mine"]["log10_grad_h"].sizes["time"]
        6
        """
        if self._state != "open":
            raise RuntimeError("tape.observe works only inside its with block")
        if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
            kind = str(tensor.dtype) if isinstance(tensor, Tensor) else type(tensor).__name__
            raise TypeError(f"tape.observe takes a tensor of floating-point numbers, not {kind}")
        if tensor.dim() not in {1, 2}:
            raise ValueError(f"a state has shape (batch, unit) or (unit,), not {tuple(tensor.shape)}")
        if time is not None:
            check_whole_number("time", time, at_least=0)
        if not name or "/" in name or name in self.names:
            raise ValueError(f"name = {name!r}: must be new, not empty and without '/'")
        self._observed = True
        if self._watch.is_on and (torch.is_grad_enabled() or not self._has_gradients):
            self._recorder.observe(name, tensor, time)

    def save(self, path: str | Path) -> Path:
        """Write the recording so far as one netCDF file; see `gradviz.load`."""
        return save(self.tree, path)

    def _check_something_to_record(self) -> None:
        if not self.names and not self._observed:
            raise CannotWatch(self._watch.interceptor.nothing_to_record)

    def _watch_if_due(self) -> None:
        self._watch.record_step(self._schedule(self._step))

    def _keep_step(self) -> None:
        for record in self._records():
            self._sink.add(record)
            self._kept.add(record.module)

    def _records(self) -> list[CallRecord]:
        records = self._recorder.records(self._step)
        forgotten = self._watch.optimizer_steps.without_tape_step
        fact = {STEPS_WITHOUT_TAPE_STEP: forgotten} if forgotten else {}
        return [
            self._names_by_cell.named(self._watch.whole_step.complete(record.with_more({}, fact)))
            for record in records
        ]

    def _why_empty(self, called: bool) -> str:
        if self._watch.unseen.reasons:
            return " ".join(self._watch.unseen.reasons.values())
        if not self._has_gradients:
            return f"no call of {', '.join(self.names)} was seen at a recorded step"
        if called:
            return "call loss.backward() inside the with block, before the recording is read"
        names = ", ".join(self.names)
        if not names:
            return "none of the states given to tape.observe at a recorded step needs a gradient"
        return f"no call of {names} with gradients enabled was seen at a recorded step"

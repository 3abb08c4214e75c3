"""The tape: what `gradviz.record` returns."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gradviz.capture.chosen_modules import ChosenModules
from gradviz.capture.forward_recorder import ForwardRecorder
from gradviz.capture.observation import check_place, check_ranges, observation
from gradviz.capture.private_torch import uncompiled
from gradviz.capture.schedule import Schedule
from gradviz.capture.step_listeners import Listener, StepListeners
from gradviz.capture.step_log import StepLog
from gradviz.capture.step_recorder import StepRecorder
from gradviz.capture.tape_reading import TapeReading
from gradviz.capture.tape_view import CLOSED, NEW, OPEN
from gradviz.capture.watch import Watch
from gradviz.errors import NothingRecordedWarning
from gradviz.recording.call_record import CallRecord
from gradviz.recording.sink import RecordingSink
from gradviz.vocabulary import FORWARD_ONLY


class Tape(TapeReading):
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
        log: StepLog | None = None,
        why_nothing: str = "",
    ):
        recorder = StepRecorder(samples, detail) if detail != FORWARD_ONLY else ForwardRecorder(samples)
        watch = Watch(model, recorder, chosen, optimizer)
        super().__init__(recorder, watch, sink, first_step, schedule)
        self._why_nothing = why_nothing
        self._closes_sink = closes_sink
        self._listeners = StepListeners()
        self._log = log

    def __enter__(self) -> Tape:
        if self._state != NEW:
            raise RuntimeError("a tape records once; call gradviz.record again for another recording")
        self._state = OPEN
        self._watch.begin(self)
        self._watch_if_due()
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        self._watch.end()
        self._state = CLOSED
        if self._watch.is_in_a_fork():
            return
        called = self._saw_call = self.saw_call
        try:
            records = self._keep_step(tell=exc_type is None)
            measured = self._so_far()
            self._sink.add_metrics(self._step, measured)
            self._newest.note(records, measured)
        finally:
            self._recorder.clear()
            if self._closes_sink:
                self._sink.close()
        if exc_type is not None:
            return
        self._check_something_to_record()
        self._watch.unseen.warn()
        if self._kept or self._resumed or self._why_nothing:
            return
        self._why_nothing = self._why_empty(called)
        if not self._watch.unseen.reasons and not self._recorder.observed.missing:
            message = f"nothing was recorded: {self._why_nothing}"
            warnings.warn(message, NothingRecordedWarning, stacklevel=2)

    @uncompiled
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
        if self._state != OPEN:
            raise RuntimeError(
                "tape.step works only inside its with block: put the training loop into "
                "`with gv.record(model) as tape:` and call tape.step(loss) at the end of each step"
            )
        if self._watch.is_in_a_fork():
            return
        self._watch.whole_step.give(output, target, scaler)
        self._watch.interceptor.leave()
        self._check_something_to_record()
        if loss is not None:
            metrics = {"loss": loss, **metrics}
        ended, records = self._step, self._keep_step()
        self._saw_call = self.saw_call
        measured = self._watch.whole_step.metrics()
        self._recorder.clear()
        self._watch.optimizer_steps.reset()
        self._sink.add_metrics(self._step, measured | metrics)
        self._newest.note(records, measured | metrics)
        self._watch.whole_step.end_step()
        self._step += 1
        self._watch_if_due()
        self._watch.unseen.warn()
        if self._log is not None and records:
            self._log(ended, self.summary)
        self._listeners.tell(ended, records)

    def on_step(self, listener: Listener) -> None:
        """Call a function at the end of every recorded step.

        It is called last in `step`, when the step has been stored, so that an exception it raises loses
        nothing and leaves `step` as its own.

        Parameters
        ----------
        listener : callable ``(step, recording) -> None``
            Gets the number of the step and the recording of that step alone, a DataTree without metrics.

        Raises
        ------
        TypeError
            If it cannot be called.

        Examples
        --------
        >>> import torch
        >>> import gradviz as gv
        >>> lstm = torch.nn.LSTM(2, 3)
        >>> with gv.record(lstm, every=2) as tape:
        ...     tape.on_step(lambda step, tree: print(step, tree["lstm"].sizes["time"]))
        ...     for _ in range(4):
        ...         lstm(torch.randn(5, 1, 2))[0].sum().backward()
        ...         tape.step()
        0 5
        2 5
        """
        self._listeners.add(listener)

    @uncompiled
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
        """Record one time step of a recurrence written by hand: its total gradient, its gates and states.

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
            The sigmoid gate that keeps the state when it is near 1.  Time constants need it.  For one that
            keeps it when it is near 0, such as the update gate of a minGRU, give ``1 - gate`` too.

        Raises
        ------
        RuntimeError
            If called outside of the ``with`` block.
        TypeError
            If a tensor is not of floating-point numbers, the name is not a string, or `gates` or `squash` is
            not a mapping from names.
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
        if self._state != OPEN:
            raise RuntimeError("tape.observe works only inside its with block")
        given = observation(tensor, gates=gates, squash=squash, cell_state=cell_state, keeps=keeps)
        check_place(name, time, taken=self._watch.interceptor.names)
        has_gradient = torch.is_grad_enabled() or not self._has_gradients
        is_recorded = self._watch.is_on and has_gradient and given.state.numel() > 0  # else a batch of none
        if is_recorded:
            check_ranges(name, given)
        given = self._recorder.observed.note(name, given)
        if is_recorded:
            self._recorder.observe(name, given, time)

    def _watch_if_due(self) -> None:
        self._watch.record_step(self._schedule(self._step))

    def _keep_step(self, *, tell: bool = True) -> list[CallRecord]:
        records = self._records()
        for record in records:
            self._sink.add(record)
            self._kept.note(record)
        if tell:
            self._recorder.observed.tell_missing()
        return records

"""The calls of the recurrent modules during one training step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gradviz.capture.fused_call import parse_call
from gradviz.capture.loop_call import LoopCall
from gradviz.capture.module_call import ModuleCall
from gradviz.capture.observed import ObservedCall
from gradviz.capture.recorded_call import CallContext, RecordedCall
from gradviz.cells.cell_spec import CellSpec
from gradviz.cells.cell_table import spec_of_layer, spec_of_step
from gradviz.recording.call_record import CallRecord


class StepRecorder:
    """Creates a recorded call for every intercepted call, and collects their measurements.

    Parameters
    ----------
    samples : int or None
        How many sequences of the batch, evenly spaced; None for all.
    detail : {"norms", "full"}
        Whether signed gradients, gates and states are recorded.
    """

    def __init__(self, samples: int | None, detail: str):
        self._context = CallContext(samples, detail == "full", self._measure)
        self._calls: list[RecordedCall] = []  # all of them, in their order
        self._older = 0  # how many of them are of earlier iterations
        self._packed: list[ModuleCall] = []
        self._loops: dict[str, list[LoopCall]] = {}
        self._observed: dict[str, ObservedCall] = {}  # the last of each name

    def intercept(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Run one call in place of ``function``, and remember what its measurement needs."""
        if not torch.is_grad_enabled():
            return function(*args)
        step = spec_of_step(function)
        if step is not None:
            return self._cell(step, name, args)
        layer = spec_of_layer(function)
        return function(*args) if layer is None else self._layer(layer, name, args)

    def _layer(self, spec: CellSpec, name: str, args: tuple[Any, ...]) -> Any:
        call = parse_call(spec, args)
        if not call.needs_gradient() or 0 in call.x.shape:
            return call.function(*args)
        recorded = ModuleCall(name, call, self._context)
        with self._context.lock:
            self._calls.append(recorded)
            if call.batch_sizes is not None:
                self._packed.append(recorded)
        return recorded.run()

    def _cell(self, spec: CellSpec, name: str, args: tuple[Any, ...]) -> Any:
        x, given, *weights = args
        state = spec.split_state(given)
        tensors = [x, *state, *(w for w in weights if w is not None)]
        if not any(t.requires_grad for t in tensors) or 0 in x.shape:
            return spec.step_function(*args)
        with self._context.lock:
            loops = self._loops.setdefault(name, [])
            known = next((loop for loop in reversed(loops) if loop.continues(state)), None)
        if known is not None:
            return known.run(x, state, tuple(weights))
        loop = LoopCall(name, spec, self._context, batch=len(x), device=x.device)
        result = loop.run(x, state, tuple(weights))
        with self._context.lock:  # only now, because a call that fails must not be measured
            self._calls.append(loop)
            loops.append(loop)
        return result

    def observe(self, name: str, state: Tensor, time: int | None) -> None:
        """Remember a state of a recurrence written by hand; time increases within a sequence.

        ``state``: (batch, unit) or (unit,).
        """
        call = self._observed.get(name)
        if call is None or (time is not None and time < call.next_time):
            call = ObservedCall(name, self._context, batch=len(torch.atleast_2d(state)), device=state.device)
            self._observed[name] = call
            self._calls.append(call)
        call.add(call.next_time if time is None else time, state)

    def permuted(self, states: Tensor, indices: Tensor) -> None:
        """Note that a module has restored the order of the batch in the final states of a packed call."""
        for call in self._packed:
            call.permuted(states, indices)

    def _measure(self) -> None:
        with self._context.lock:
            for call in self._calls:
                call.measure()

    @property
    def has_called(self) -> bool:
        return bool(self._calls)

    def records(self, step: int) -> list[CallRecord]:
        """Everything measured so far; the records of one module are numbered."""
        counts: dict[str, int] = {}
        found: list[CallRecord] = []
        for call in self._calls:
            records = call.records(step, counts.get(call.name, 0))
            counts[call.name] = counts.get(call.name, 0) + len(records)
            found += records
        return found

    def end_iteration(self, is_newest_only: bool) -> None:
        """Note that the optimizer has made a step; if so told, keep only the newest iteration with calls.

        Sequences then end here too. The hooks of the newest iteration stay, because its backward pass may
        come later.
        """
        with self._context.lock:
            has_calls = len(self._calls) > self._older
            if is_newest_only:
                self._discard(self._older if has_calls else 0)
            self._older = len(self._calls)

    def clear(self) -> None:
        """Discard this step, and remove every hook from its graph."""
        self._discard(len(self._calls))
        self._older = 0

    def _discard(self, count: int) -> None:
        """Discard the first calls, and let no call that is kept go on."""
        for call in self._calls[:count]:
            call.remove()
        del self._calls[:count]
        self._packed.clear()
        self._loops.clear()
        self._observed.clear()

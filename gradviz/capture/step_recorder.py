"""What is seen of the recurrent modules during one training step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gradviz.capture.fused_call import FUSED, LayerCall, parse_call, run_layers
from gradviz.capture.loop_call import LoopCall
from gradviz.capture.module_call import ModuleCall
from gradviz.capture.observed import ObservedCall
from gradviz.capture.output_hook import OutputGradientHook, at_end_of_backward, in_backward
from gradviz.cells.workspace import Workspace
from gradviz.recording.call_record import CallRecord


class StepRecorder:
    """Collects, for the step that runs, every call and its gradients, and hands them over as records.

    Parameters
    ----------
    samples : int or None
        How many sequences of the batch, evenly spaced; None for all.
    detail : {"norms", "full"}
        Whether signed gradients, gates and states are kept.
    """

    def __init__(self, samples: int | None, detail: str):
        self._samples = samples
        self._full = detail == "full"
        self._workspaces: dict[tuple[torch.dtype, torch.device], Workspace] = {}
        self._calls: list[ModuleCall | LoopCall | ObservedCall] = []
        self._lock = threading.RLock()  # replicas of a model run in threads
        self._backward_pass = -1  # the last at whose end there is something to do

    def see(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Run one call in place of ``function`` and remember what its measurement needs."""
        if function in FUSED:
            return self._see_fused(name, function, args)
        return self._see_step(name, function, args)

    def _see_fused(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        call = parse_call(function, args)
        if not call.needs_gradient() or 0 in call.x.shape:
            return function(*args)
        # A checkpoint runs the forward pass again within the backward one: such a call counts only if a
        # gradient comes through it.
        samples = self._evenly_spaced(call.batch, call.x.device)
        seen = ModuleCall(name, call, samples, recomputed=in_backward())
        with self._lock:
            self._calls.append(seen)
        result = run_layers(call, partial(self._tap_layer, seen))
        seen.watch_order_of(result[1])
        return result

    def _see_step(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        x, given, *weights = args
        state = given if isinstance(given, (tuple, list)) else (given,)
        tensors = [x, *state, *(w for w in weights if w is not None)]
        if not torch.is_grad_enabled() or not any(t.requires_grad for t in tensors) or 0 in x.shape:
            return function(*args)
        loop = self._loop_that_goes_on(name, tuple(state))
        if loop is not None:
            return loop.run(x, tuple(state), tuple(weights))
        samples = self._evenly_spaced(len(x), x.device)
        loop = LoopCall(
            name,
            function,
            samples,
            batch=len(x),
            recomputed=in_backward(),
            on_arrival=self._measure_when_done,
        )
        result = loop.run(x, tuple(state), tuple(weights))
        with self._lock:  # not before: a call that fails leaves nothing to measure
            self._calls.append(loop)
        return result

    def _loop_that_goes_on(self, name: str, state: tuple[Tensor, ...]) -> LoopCall | None:
        with self._lock:
            loops = [seen for seen in self._calls if isinstance(seen, LoopCall) and seen.name == name]
            return next((seen for seen in reversed(loops) if seen.continues(state)), None)

    def observe(self, name: str, state: Tensor, time: int | None) -> None:
        """Remember a state of a recurrence written by hand; its time rises within a sequence.

        ``state``: (batch, unit) or (unit,).
        """
        known = [seen for seen in self._calls if isinstance(seen, ObservedCall) and seen.name == name]
        call = known[-1] if known else None
        if call is None or (time is not None and time < call.next_time):
            batch = len(torch.atleast_2d(state))
            call = ObservedCall(name, self._evenly_spaced(batch, state.device), batch=batch)
            self._calls.append(call)
        call.add(call.next_time if time is None else time, state)

    def permuted(self, states: Tensor, indices: Tensor) -> None:
        """A packed call's final states are put into the order of the user's batch."""
        for seen in self._calls:
            if isinstance(seen, ModuleCall) and seen.returned(states):
                seen.unsorted = indices.detach()

    def _tap_layer(self, seen: ModuleCall, ran: LayerCall, outputs: tuple[Tensor, ...]) -> None:
        seen.add_layer(ran, outputs[0].grad_fn)
        if any(output.requires_grad for output in outputs):
            seen.taps.append(OutputGradientHook(outputs, partial(self._arrived, seen, ran.layer)))

    def _arrived(self, seen: ModuleCall, layer: int, gradients: Sequence[Tensor | None]) -> None:
        with self._lock, torch.no_grad():
            dtype = self._workspace_for(seen.state).dtype
            seen.arrived(layer, gradients, dtype, partial(self._measure_direction, seen, layer))
        self._measure_when_done()

    def _measure_direction(self, seen: ModuleCall, layer: int, direction: int) -> None:
        with self._lock, torch.no_grad():
            workspace = self._workspace_for(seen.state)
            seen.measure_direction(layer, direction, full=self._full, workspace=workspace)

    def _measure_when_done(self) -> None:
        task = torch._C._current_graph_task_id()
        if task != self._backward_pass:
            self._backward_pass = task
            at_end_of_backward(self._measure_the_rest)

    def _measure_the_rest(self) -> None:
        """Loops, whose gradients have all come now, and layers to which this pass brought nothing."""
        with self._lock, torch.no_grad():
            for seen in self._calls:
                if not isinstance(seen, ObservedCall):
                    seen.measure(full=self._full, workspace=self._workspace_for(seen.state))

    def _evenly_spaced(self, batch: int, device: torch.device) -> Tensor:
        """Indices in the batch of the sequences to record, (sample,), the first and the last among them."""
        if self._samples is None or self._samples >= batch:
            return torch.arange(batch, device=device)
        return torch.arange(self._samples, device=device) * (batch - 1) // max(self._samples - 1, 1)

    def _workspace_for(self, values: Tensor) -> Workspace:
        dtype = torch.float64 if values.dtype == torch.float64 else torch.float32
        return self._workspaces.setdefault((dtype, values.device), Workspace(dtype, values.device))

    @property
    def has_called(self) -> bool:
        return bool(self._calls)

    def records(self, step: int) -> list[CallRecord]:
        """Everything measured so far, one record a call."""
        counts: dict[str, int] = {}
        records = []
        for seen in self._calls:
            if seen.is_measured:
                number = counts.get(seen.name, 0)
                counts[seen.name] = number + 1
                records.append(seen.record(step, number, full=self._full))
        return records

    def clear(self) -> None:
        """Forget this step, and take back what hangs on its graph."""
        for seen in self._calls:
            seen.remove()
        self._calls.clear()

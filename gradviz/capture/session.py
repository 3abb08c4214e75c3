"""What is seen of the recurrent modules during one training step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gradviz.capture.fused import LayerCall, parse_call, run_layers
from gradviz.capture.module_call import ModuleCall, evenly_spaced
from gradviz.capture.tap import Tap, at_end_of_backward, in_backward
from gradviz.cells.workspace import Workspace
from gradviz.recording.moment import Moment


class StepSession:
    """Collects, for the step that runs, every call and its gradients, and hands them over as moments.

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
        self._calls: list[ModuleCall] = []
        self._taps: list[Tap] = []
        self._lock = threading.RLock()  # replicas of a model run in threads

    def see(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Run one fused call in place of ``function`` and remember what its measurement needs."""
        call = parse_call(function, args)
        if not call.needs_gradient() or 0 in call.x.shape:
            return function(*args)
        # A checkpoint runs the forward pass again within the backward one: such a call counts only if a
        # gradient comes through it.
        seen = ModuleCall(name, call, evenly_spaced(self._samples, call), recomputed=in_backward())
        with self._lock:
            self._calls.append(seen)
        result = run_layers(call, partial(self._tap_layer, seen))
        seen.watch_order_of(result[1])
        return result

    def permuted(self, states: Tensor, indices: Tensor) -> None:
        """A packed call's final states are put into the order of the user's batch."""
        for seen in self._calls:
            if seen.returned(states):
                seen.unsorted = indices.detach()

    def _tap_layer(self, seen: ModuleCall, ran: LayerCall, outputs: tuple[Tensor, ...]) -> None:
        seen.add_layer(ran)
        if any(output.requires_grad for output in outputs):
            tapped = Tap(outputs, partial(self._arrived, seen, ran.layer))
            with self._lock:
                self._taps.append(tapped)

    def _arrived(self, seen: ModuleCall, layer: int, gradients: Sequence[Tensor | None]) -> None:
        with self._lock:
            seen.arrived(layer, gradients, self._workspace_for(seen.call.h0).dtype)
            self._measure(seen, layer)
        at_end_of_backward(self._measure_the_rest)

    def _measure_the_rest(self) -> None:
        """Layers to which this backward pass brought nothing: their gradient is exactly zero."""
        with self._lock:
            for seen in self._calls:
                for layer in seen.unmeasured_layers():
                    self._measure(seen, layer)

    def _measure(self, seen: ModuleCall, layer: int) -> None:
        with torch.no_grad():
            seen.measure(layer, full=self._full, workspace=self._workspace_for(seen.call.h0))

    def _workspace_for(self, values: Tensor) -> Workspace:
        dtype = torch.float64 if values.dtype == torch.float64 else torch.float32
        return self._workspaces.setdefault((dtype, values.device), Workspace(dtype, values.device))

    @property
    def has_called(self) -> bool:
        return bool(self._calls)

    def moments(self, step: int) -> list[Moment]:
        """Everything measured so far, one moment a call."""
        counts: dict[str, int] = {}
        moments = []
        for seen in self._calls:
            if seen.is_measured:
                number = counts.get(seen.name, 0)
                counts[seen.name] = number + 1
                moments.append(seen.moment(step, number, full=self._full))
        return moments

    def clear(self) -> None:
        """Forget this step, and take back what hangs on its graph."""
        for tapped in self._taps:
            tapped.remove()
        self._taps.clear()
        self._calls.clear()

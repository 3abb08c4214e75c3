"""What is seen of the recurrent modules during one training step."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from gradviz import vocabulary as v
from gradviz.capture.fused import FusedCall, LayerCall, parse_call, run_layers
from gradviz.capture.measure import Arrived, Measured, measure
from gradviz.capture.tap import tap
from gradviz.cells.workspace import Workspace
from gradviz.errors import CannotWatch
from gradviz.recording.moment import Moment

LARGEST_PARITY = 1e-4  # in float32; coarser floats are allowed sixteen of their own steps


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
        self._detail = detail
        self._workspaces: dict[tuple[torch.dtype, torch.device], Workspace] = {}
        self._calls: dict[str, _ModuleCall] = {}
        self._handles: list[RemovableHandle] = []

    def see(self, name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Run one fused call in place of ``function`` and remember what its measurement needs."""
        call = parse_call(function, name, args)
        if not call.needs_gradient() or 0 in call.x.shape:
            return function(*args)
        if name in self._calls:
            raise CannotWatch(
                f"{name!r} was called twice in one step, which cannot be recorded yet; call tape.step() "
                "after each iteration, and run passes that are not trained under torch.no_grad()"
            )
        seen = self._calls[name] = _ModuleCall(call, _evenly_spaced(self._samples, call.x), self._detail)
        return run_layers(call, partial(self._tap_layer, seen))

    def _tap_layer(self, seen: _ModuleCall, ran: LayerCall, outputs: tuple[Tensor, ...]) -> None:
        version = ran.out._version
        if any(output.requires_grad for output in outputs):
            on_gradients = partial(self._measure, seen, ran, version)
            self._handles.append(tap(outputs, on_gradients))

    def _measure(
        self, seen: _ModuleCall, ran: LayerCall, version: int, gradients: Sequence[Tensor | None]
    ) -> None:
        if ran.out._version != version:  # the model has changed the output in place
            ran = replace(ran, out=_run_again(seen.call, ran))
        arrived = Arrived(*gradients, *[None] * (3 - len(gradients)))
        for direction in range(seen.call.directions):
            seen.measured[ran.layer, direction] = measure(
                ran,
                arrived,
                direction,
                samples=seen.samples,
                full=self._detail == "full",
                workspace=self._workspace_for(ran.out),
            )

    def _workspace_for(self, values: Tensor) -> Workspace:
        dtype = torch.float64 if values.dtype == torch.float64 else torch.float32
        return self._workspaces.setdefault((dtype, values.device), Workspace(dtype, values.device))

    @property
    def has_measured(self) -> bool:
        return any(seen.measured for seen in self._calls.values())

    @property
    def has_called(self) -> bool:
        return bool(self._calls)

    def moments(self, step: int) -> list[Moment]:
        """Everything measured so far, one moment a module."""
        return [seen.moment(step, name) for name, seen in self._calls.items() if seen.measured]

    def clear(self) -> None:
        """Forget this step, and take back what hangs on its graph."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._calls.clear()


class _ModuleCall:
    def __init__(self, call: FusedCall, samples: Tensor, detail: str):
        self.detail = detail
        self.call = call
        self.samples = samples
        self.measured: dict[tuple[int, int], Measured] = {}

    def moment(self, step: int, name: str) -> Moment:
        call = self.call
        parity = max(found.parity for found in self.measured.values())
        _check_parity(name, step, parity, call.x.dtype)
        return Moment(
            step=step,
            module=name,
            cell=call.cell,
            samples=self.samples.cpu().numpy(),
            variables={variable: self._stack(variable) for variable in next(iter(self.measured.values()))[0]},
            parity=parity,
            attributes={
                "detail": self.detail,
                "hidden_size": call.h0.shape[-1],
                "input_size": call.x.shape[-1],
                "num_layers": call.num_layers,
                "bidirectional": int(call.bidirectional),
                "batch_first": int(call.batch_first),
                "batch_size": call.x.shape[1],
                "dtype": str(call.x.dtype).removeprefix("torch."),
            },
        )

    def _stack(self, variable: str) -> np.ndarray:
        """(layer, direction, ...); NaN for a layer that the backward pass did not come through."""
        some = next(iter(self.measured.values())).variables[variable]
        shape = (self.call.num_layers, self.call.directions, *some.shape)
        stacked = np.full(shape, np.nan, dtype=some.dtype)
        for place, found in self.measured.items():
            stacked[place] = found.variables[variable]
        return stacked


def _evenly_spaced(count: int | None, x: Tensor) -> Tensor:
    batch = x.shape[1]
    if count is None or count >= batch:
        return torch.arange(batch, device=x.device)
    return torch.arange(count, device=x.device) * batch // count


def _run_again(call: FusedCall, ran: LayerCall) -> Tensor:
    weights = [w for direction in ran.weights for w in direction if w is not None]
    state = ran.h0 if ran.c0 is None else (ran.h0, ran.c0)
    return call.function(
        ran.x, state, weights, call.has_biases, 1, 0.0, call.train, call.bidirectional, False
    )[0]


def _check_parity(name: str, step: int, parity: float, dtype: torch.dtype) -> None:
    limit = max(LARGEST_PARITY, 16 * torch.finfo(dtype).eps)
    if parity > limit:
        warnings.warn(
            f"{name!r}, step {step}: the replayed states differ from the native ones by {parity:.1e} "
            f"(at most {limit:.0e} is expected), so its {v.LOG10_GRAD_H} cannot be trusted",
            RuntimeWarning,
            stacklevel=4,
        )

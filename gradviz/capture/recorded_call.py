"""The interface of a recorded call, and the context that it is given.

A recorded call is one sequence: a call of a fused layer, a loop over a cell, or a recurrence written by hand.
`StepRecorder` creates the calls and uses only the three methods of the interface.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor

from gradviz.capture.chosen_samples import chosen_samples
from gradviz.capture.private_torch import at_end_of_backward, current_backward
from gradviz.cells.workspace import Workspace
from gradviz.recording.call_record import CallRecord


class RecordedCall(Protocol):
    """One sequence of one module in the training step that is running."""

    @property
    def name(self) -> str:
        """Dotted name of the module."""

    @property
    def has_gradient(self) -> bool:
        """Whether a gradient has arrived at any of its states."""

    @property
    def is_recomputed(self) -> bool:
        """Whether it was made during a backward pass, as an activation checkpoint makes calls again."""

    def measure(self) -> None:
        """Measure what has changed since the last time; called when a backward pass has ended."""

    def records(self, step: int, number: int) -> list[CallRecord]:
        """The measurements as records of a recording; empty if no gradient has arrived.

        ``step``: the training step; ``number``: how many records of the module it has already.
        """

    def remove(self) -> None:
        """Remove every hook from autograd's graph."""


class CallContext:
    """Settings, memory and measurement schedule that a call is given when it is created.

    Parameters
    ----------
    samples : int or None
        How many sequences of each batch are recorded, evenly spaced; None for all.
    full : bool
        Whether signed gradients, gates and states of every unit are recorded.
    measure_all : callable
        Measures every call of the step; called when a backward pass has ended.

    Attributes
    ----------
    lock : RLock
        Held while a call is changed: replicas of a model run in several threads.
    """

    def __init__(self, samples: int | None, full: bool, measure_all: Callable[[], None]):
        self.full = full
        self.lock = threading.RLock()
        self._samples = samples
        self._measure_all = measure_all
        self._workspaces: dict[tuple[torch.dtype, torch.device], Workspace] = {}
        self._scheduled_in: int | None = None  # the last backward pass at whose end calls are measured

    def rows(self, batch: int, device: torch.device) -> Tensor:
        """Indices in the batch of the recorded sequences, (sample,); see `chosen_samples`."""
        return chosen_samples(batch, self._samples, device)

    def workspace(self, values: Tensor) -> Workspace:
        """Memory on the device of ``values``, in float64 if they are, else in float32."""
        dtype = torch.float64 if values.dtype == torch.float64 else torch.float32
        return self._workspaces.setdefault((dtype, values.device), Workspace(dtype, values.device))

    @contextmanager
    def measuring(self, device: torch.device) -> Iterator[None]:
        """Hold the lock, and compute without gradients and without autocast, whatever the caller has set."""
        with self.lock, torch.no_grad(), torch.autocast(device.type, enabled=False):
            yield

    def measure_after_backward(self) -> None:
        """Have all calls measured when the backward pass that is running ends, once."""
        running = current_backward()
        if running != self._scheduled_in:
            self._scheduled_in = running
            at_end_of_backward(self._measure_all)

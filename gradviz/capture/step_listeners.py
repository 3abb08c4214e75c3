"""Functions that are told of every recorded step, when it has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gradviz.recording.call_record import CallRecord
from gradviz.recording.sink import MemorySink

if TYPE_CHECKING:
    import xarray as xr

Listener = Callable[[int, "xr.DataTree"], None]


class StepListeners:
    """The functions in the order in which they were added; without any, nothing is built for them."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> None:
        """Add a function.

        Raises
        ------
        TypeError
            If it cannot be called.
        """
        if not callable(listener):
            raise TypeError(
                f"a listener is a function of a step and its recording; got {type(listener).__name__}"
            )
        self._listeners.append(listener)

    def tell(self, step: int, records: Sequence[CallRecord]) -> None:
        """Call each with the number of the step and its recording, if anything was recorded in it."""
        if not self._listeners or not records:
            return
        sink = MemorySink()
        for record in records:
            sink.add(record)
        tree = sink.tree()
        for listener in tuple(self._listeners):
            listener(step, tree)

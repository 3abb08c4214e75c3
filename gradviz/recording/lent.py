"""A sink that a tape may use but not close."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from gradviz.recording.call_record import CallRecord
from gradviz.recording.sink import RecordingSink


class Lent:
    """Passes everything on to a sink but the end: its owner closes it.

    Parameters
    ----------
    sink : RecordingSink
    """

    def __init__(self, sink: RecordingSink) -> None:
        self._sink = sink

    def add(self, record: CallRecord) -> None:
        """Take a record."""
        self._sink.add(record)

    def add_metrics(self, iteration: int, values: Mapping[str, object]) -> None:
        """Take the metrics of an iteration."""
        self._sink.add_metrics(iteration, values)

    def tree(self) -> xr.DataTree:
        """The recording so far."""
        return self._sink.tree()

    def close(self) -> None:
        """Nothing: what was lent stays open."""

"""Where a tape sends the records of calls: to memory, or (in parts.py) to a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import xarray as xr

from gradviz.recording.assemble import assemble
from gradviz.recording.attributes import Scalar
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.check_record import check_record, recorded_twice
from gradviz.recording.metrics import checked_metric, curves
from gradviz.recording.provenance import provenance


class RecordingSink(Protocol):
    """Collects records and metrics, and builds the recording from them."""

    def add(self, record: CallRecord) -> None: ...

    def add_metrics(self, iteration: int, values: Mapping[str, object]) -> None: ...

    def tree(self) -> xr.DataTree: ...

    def close(self) -> None: ...


class MemorySink:
    """Keeps a recording in memory.

    Parameters
    ----------
    metadata : mapping, optional
        Attributes of the recording that the user adds.
    torch_version : str, optional
        By default the version of the installed package.
    origin : mapping, optional
        As `provenance` takes it.
    """

    def __init__(
        self,
        *,
        metadata: Mapping[str, object] | None = None,
        torch_version: str | None = None,
        origin: Mapping[str, Scalar] | None = None,
    ) -> None:
        self._attributes = provenance(metadata, torch_version=torch_version, origin=origin)
        self._records: dict[str, list[CallRecord]] = {}
        self._metrics: dict[str, dict[int, float]] = {}
        self._cells: dict[str, str] = {}
        self._seen: set[tuple[str, int, int]] = set()
        self.nbytes = 0

    @property
    def steps(self) -> set[int]:
        """The training steps that have records."""
        return {record.step for records in self._records.values() for record in records}

    @property
    def empty(self) -> bool:
        """Whether there are no records and no metrics."""
        return not any(self._records.values()) and not any(self._metrics.values())

    def add(self, record: CallRecord) -> None:
        """Add the record of a call. Its arrays are not copied and must not change afterwards.

        Raises
        ------
        ValueError
            If the record does not fit the vocabulary or the earlier records.
        """
        check_record(record)
        if self._cells.setdefault(record.module, record.cell) != record.cell:
            raise ValueError(
                f"cell of module {record.module!r} changed from {self._cells[record.module]!r} "
                f"to {record.cell!r}; a module has one cell in a recording"
            )
        if (record.module, record.step, record.call) in self._seen:
            raise recorded_twice(record)
        self._check_names(record.module, self._metrics)
        self._seen.add((record.module, record.step, record.call))
        self._records.setdefault(record.module, []).append(record)
        self.nbytes += sum(values.nbytes for values in record.variables.values())

    def add_metrics(self, iteration: int, values: Mapping[str, object]) -> None:
        """Add the metrics of an iteration, whether or not it was recorded.

        Raises
        ------
        ValueError
            If a name cannot be used.
        TypeError
            If a value is not one number.
        """
        checked = {name: checked_metric(name, value) for name, value in values.items()}
        for name, value in checked.items():
            self._check_names(name, self._cells)
            self._metrics.setdefault(name, {})[int(iteration)] = value

    def tree(self) -> xr.DataTree:
        """The recording so far."""
        modules = {name: build_dataset(records) for name, records in self._records.items() if records}
        given = {name: curve for name, curve in self._metrics.items() if curve}
        return assemble(modules, curves(given), self._attributes)

    def clear(self) -> None:
        """Remove all records and metrics, but remember which names, steps and calls there were."""
        for records in self._records.values():
            records.clear()
        for curve in self._metrics.values():
            curve.clear()
        self.nbytes = 0

    def close(self) -> None:
        """Do nothing: there is nothing to close in memory."""

    @staticmethod
    def _check_names(name: str, others: Mapping[str, object]) -> None:
        if name in others:
            raise ValueError(
                f"a metric cannot be called {name!r}: a recurrent module has that name; choose another"
            )

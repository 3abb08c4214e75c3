"""One name for each cell that stood under a module's name during a recording."""

from __future__ import annotations

from dataclasses import replace

from gradviz.recording.call_record import CallRecord


class NamesByCell:
    """The first cell of a module keeps the module's name; a later one of another kind has its own after it.

    A recording of one name is of one kind of cell, and a model may replace an LSTM by a GRU between steps.
    """

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self.further: list[str] = []

    def named(self, record: CallRecord) -> CallRecord:
        """The record under the name of its cell."""
        if self._first.setdefault(record.module, record.cell) == record.cell:
            return record
        name = f"{record.module} ({record.cell})"
        if name not in self.further:
            self.further.append(name)
        return replace(record, module=name)

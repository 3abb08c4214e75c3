"""The newest step that a tape has recorded, held until the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.metrics import checked_metric


class NewestStep:
    """Holds the records and the curves of one step, without a copy; false as long as there is none."""

    def __init__(self) -> None:
        self._records: Sequence[CallRecord] = ()
        self._metrics: Mapping[str, object] = {}

    def __bool__(self) -> bool:
        return bool(self._records)

    def note(self, records: Sequence[CallRecord], metrics: Mapping[str, object]) -> None:
        """Hold a step in place of the one before, if anything was recorded in it."""
        if records:
            self._records, self._metrics = records, metrics

    def summary(self) -> dict[str, float]:
        """Its numbers, as `gradviz.scalars` gives them."""
        from gradviz.measures.scalars import scalars_of

        step = self._records[0].step
        modules: dict[str, list[CallRecord]] = {}
        for record in self._records:
            modules.setdefault(record.module, []).append(record)
        given = {name: checked_metric(name, value) for name, value in self._metrics.items()}
        datasets = {name: build_dataset(records) for name, records in modules.items()}
        return scalars_of(datasets, {step: given})[step]

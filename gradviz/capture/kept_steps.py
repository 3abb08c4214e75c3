"""What a tape has kept so far, in numbers: no array is held, and nothing is read for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral

from gradviz.recording.call_record import CallRecord
from gradviz.vocabulary import BATCH_SIZE, CELL, DETAIL, LENGTH, STEPS_WITHOUT_TAPE_STEP


@dataclass
class KeptModule:
    """Of one module, or of one recurrence written by hand.

    Attributes
    ----------
    attributes : dict
        Those of its last record, with its cell.
    lengths : (int, int) or None
        Time steps of its shortest and its longest call.
    samples : int
        Most sequences that were recorded of a call.
    """

    attributes: dict[str, str | int | float] = field(default_factory=dict)
    lengths: tuple[int, int] | None = None
    samples: int = 0

    def note(self, record: CallRecord) -> None:
        """Take in one of its records."""
        batch = max(_whole(self.attributes.get(BATCH_SIZE)), _whole(record.attributes.get(BATCH_SIZE)))
        self.attributes = {**record.attributes, CELL: record.cell}
        if batch:
            self.attributes[BATCH_SIZE] = batch
        self.samples = max(self.samples, len(record.samples))
        if length := _whole(record.attributes.get(LENGTH)):
            least, most = self.lengths or (length, length)
            self.lengths = (min(least, length), max(most, length))


class KeptSteps:
    """Counts the training steps that a tape has given to its sink, and describes their modules.

    Attributes
    ----------
    modules : dict of str to KeptModule
        In the order of their first record.
    count : int
        Training steps with a record.
    first, last : int or None
        The first and the last of them.
    forgotten : int
        Most optimizer steps that were made in one training step, without ``tape.step`` between them.
    detail : str
        Empty if nothing was kept.
    """

    def __init__(self) -> None:
        self.modules: dict[str, KeptModule] = {}
        self.count = 0
        self.first: int | None = None
        self.last: int | None = None
        self.forgotten = 0
        self.detail = ""

    def __len__(self) -> int:
        return len(self.modules)

    def note(self, record: CallRecord) -> None:
        """Take in a record; those of a training step follow each other."""
        if record.step != self.last:
            self.count += 1
            self.last = record.step
        if self.first is None:
            self.first = record.step
        self.forgotten = max(self.forgotten, _whole(record.attributes.get(STEPS_WITHOUT_TAPE_STEP)))
        self.detail = str(record.attributes.get(DETAIL, self.detail))
        self.modules.setdefault(record.module, KeptModule()).note(record)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, Integral) else 0

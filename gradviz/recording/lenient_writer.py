"""Writes a recording in parts like `PartWriter`, but no error of the disk reaches the training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.call_record import CallRecord
from gradviz.recording.parts import PartWriter

MOST_IN_MEMORY = 512 << 20  # bytes of records that wait to be written; later ones are left out
FIRST_WAIT, LONGEST_WAIT = 10.0, 600.0  # seconds until writing is tried again


class LenientWriter:
    """A sink that warns of a write error, keeps the records in memory and tries again later.

    Parameters
    ----------
    writer : PartWriter
    warn : callable
        Takes the sentence of a warning: at most one during the recording, and one when it is closed.
    most_in_memory : int
        Bytes of records that may wait in memory.
    """

    def __init__(
        self, writer: PartWriter, warn: Callable[[str], None], *, most_in_memory: int = MOST_IN_MEMORY
    ):
        self._writer = writer
        self._warn = warn
        self._most = most_in_memory
        self._wait = FIRST_WAIT
        self._not_before: float | None = None  # while it is failing
        self._has_warned = False
        self._left_out: set[int] = set()

    @property
    def folder(self) -> Path:
        """Where it is written."""
        return self._writer.folder

    @property
    def nbytes(self) -> int:
        """Bytes of the records that wait in memory."""
        return self._writer.nbytes

    def add(self, record: CallRecord) -> None:
        """Add the record of a call; it is left out if too much waits in memory already."""
        self._write(lambda: self._writer.flush_if_due(before=record.step))
        if self._writer.nbytes > self._most or record.step in self._left_out:
            self._left_out.add(record.step)
            return
        self._writer.keep(record)

    def add_metrics(self, iteration: int, values: Mapping[str, object]) -> None:
        """Add the metrics of an iteration."""
        self._writer.keep_metrics(iteration, values)
        self._write(self._writer.flush_if_due)

    def tree(self) -> xr.DataTree:
        """What is on disk and in memory."""
        return self._writer.tree()

    def close(self) -> None:
        """Write everything, and warn if that is not possible; then a second call tries again."""
        try:
            self._writer.close()
        except (OSError, BadRecording) as error:
            self._warn(
                f"the recording in {self._writer.folder} could not be completed ({error}): "
                f"{self._what_is_left()}"
            )
        else:
            if self._left_out:
                self._warn(
                    f"the recording in {self._writer.folder} lacks {self._count_left_out()}, which did not "
                    "fit into memory while it could not be written"
                )

    def _write(self, write: Callable[[], None]) -> None:
        now = self._writer.now()
        if self._not_before is not None and now < self._not_before:
            return
        try:
            write()
        except OSError as error:
            self._not_before = now + self._wait
            self._wait = min(2 * self._wait, LONGEST_WAIT)
            if not self._has_warned:
                self._has_warned = True
                self._warn(
                    f"the recording cannot be written to {self._writer.folder} ({error}); the training goes "
                    "on, what follows is kept in memory, and writing is tried again "
                    "(gv.storage(path, on_error='raise') makes it an error)"
                )
        else:
            self._not_before, self._wait = None, FIRST_WAIT

    def _what_is_left(self) -> str:
        waiting = self._writer.waiting
        kept = (
            f"{waiting} recorded {'step is' if waiting == 1 else 'steps are'} only in memory, and "
            "tape.save(path) writes the recording elsewhere"
            if waiting
            else "gv.load reads its parts, as far as they are still there"
        )
        return kept + (f"; {self._count_left_out()} did not fit into memory" if self._left_out else "")

    def _count_left_out(self) -> str:
        count = len(self._left_out)
        return f"{count} recorded {'step' if count == 1 else 'steps'}"

"""A recording written while training goes on, so that a kill costs at most the open part."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.attributes import Scalar
from gradviz.recording.call_record import CallRecord
from gradviz.recording.file_names import PARTS, RECORDING, holds_recording, part_file, part_files
from gradviz.recording.load import read_file
from gradviz.recording.merge import merge
from gradviz.recording.save import write
from gradviz.recording.sink import MemorySink


class Limits(NamedTuple):
    """How much an open part may hold: recorded steps, bytes, and seconds since its first entry."""

    steps: int = 128
    nbytes: int = 64 << 20
    seconds: float = 10.0


class PartWriter:
    """Keeps a recording in a folder: finished parts on disk, the open one in memory.

    Parameters
    ----------
    folder : path
        Made if missing. It may hold other files but no recording.
    metadata : mapping, optional
        The user's own attributes of the recording.
    torch_version : str, optional
        By default that of the installed package.
    limits : Limits
        When a part is finished. One training step is never split.
    clock : callable
        Seconds that only ever grow.
    finished : int
        Parts of this recording that are in the folder already, as `keep_parts` left them.
    origin : mapping, optional
        As `provenance` takes it.

    Raises
    ------
    FileExistsError
        If the folder holds another recording, or the path is a file.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        metadata: Mapping[str, object] | None = None,
        torch_version: str | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        finished: int = 0,
        origin: Mapping[str, Scalar] | None = None,
    ) -> None:
        self.folder = Path(folder) if finished else _free_folder(folder)
        self._open = MemorySink(metadata=metadata, torch_version=torch_version, origin=origin)
        self._limits = limits or Limits()
        self._clock = clock
        self._opened: float | None = None
        self._step: int | None = None
        self._count = finished
        self._closed = False
        (self.folder / PARTS).mkdir(parents=True, exist_ok=True)

    @property
    def finished(self) -> int:
        """How many parts are on disk."""
        return self._count

    def add(self, record: CallRecord) -> None:
        """Take a record; its arrays are kept, not copied, until its part is written.

        Raises
        ------
        ValueError
            If it does not fit the vocabulary or what was taken before, or the writer is closed.
        OSError
            If a part cannot be written; then nothing is lost and the next call tries again.
        """
        self._check_open()
        if record.step != self._step:
            self._flush_if_due()
        self._open.add(record)
        self._step = record.step
        self._start_clock()

    def add_metrics(self, iteration: int, values: Mapping[str, object]) -> None:
        """Take the metrics at the end of an iteration, recorded or not.

        Raises
        ------
        ValueError
            If a name is taken, or the writer is closed.
        TypeError
            If a value is not one number.
        OSError
            If a part cannot be written; then nothing is lost and the next call tries again.
        """
        self._check_open()
        self._open.add_metrics(iteration, values)
        self._start_clock()
        self._flush_if_due()

    def tree(self) -> xr.DataTree:
        """The recording so far: every part, the open one too."""
        if self._closed and (self.folder / RECORDING).exists():
            return read_file(self.folder / RECORDING)
        finished = [read_file(part) for part in self._finished()]
        return merge(finished if finished and self._open.empty else [*finished, self._open.tree()])

    def flush(self) -> None:
        """Finish the open part, if there is anything in it."""
        if self._open.empty:
            return
        self._write_open(part_file(self.folder, self._count), compress=False)
        self._count += 1

    def close(self) -> None:
        """Put everything into ``recording.nc`` and remove the parts; a second call does nothing.

        What never needed a part is written there at once, not as a part first.

        Raises
        ------
        OSError
            If it cannot be written; the parts then stay and can be loaded, and what is in none is kept for
            another call.
        """
        if self._closed:
            return
        if self._count:
            self.flush()
        parts = self._finished()
        if parts:
            write(self.tree(), self.folder / RECORDING)
        elif not self._open.empty:
            _check_free(part_file(self.folder, 0), self.folder)
            self._write_open(self.folder / RECORDING, compress=True)
        self._closed = True
        for part in parts:
            part.unlink()
        with contextlib.suppress(OSError):  # not empty: a temporary file of a killed writer
            (self.folder / PARTS).rmdir()

    def _write_open(self, target: Path, *, compress: bool) -> None:
        _check_free(target, self.folder)
        write(self._open.tree(), target, compress=compress)
        self._open.clear()
        self._opened = None

    def _finished(self) -> list[Path]:
        return part_files(self.folder)[: self._count]

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError(f"the recording in {self.folder} is closed; nothing can be added")

    def _start_clock(self) -> None:
        if self._opened is None and not self._open.empty:
            self._opened = self._clock()

    def _flush_if_due(self) -> None:
        full = len(self._open.steps) >= self._limits.steps or self._open.nbytes >= self._limits.nbytes
        old = self._opened is not None and self._clock() - self._opened >= self._limits.seconds
        if full or old:
            self.flush()


def keep_parts(folder: Path, count: int) -> None:
    """Keep a recording's first parts, to go on behind them, and remove what was written after.

    Parameters
    ----------
    folder : Path
    count : int
        What `PartWriter.finished` was.

    Raises
    ------
    BadRecording
        If one of those is missing or damaged; then nothing is removed.
    """
    for number in range(count):
        part = part_file(folder, number)
        if not part.exists():
            raise BadRecording(f"{part} is missing")
        read_file(part)
    for later in part_files(folder)[count:]:
        later.unlink()
    for broken in (folder / PARTS).glob(".*.tmp"):
        broken.unlink()


def _check_free(target: Path, folder: Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} exists already: another recording is being written to {folder}")


def _free_folder(path: str | os.PathLike[str]) -> Path:
    folder = Path(path)
    if folder.suffix == ".nc" or (folder.exists() and not folder.is_dir()):
        raise FileExistsError(
            f"{folder} names a file; while training a recording needs a folder (tape.save writes one file)"
        )
    if holds_recording(folder):
        raise FileExistsError(
            f"{folder} holds a recording already; "
            f"choose another path, or load it with gv.load({str(folder)!r})"
        )
    return folder

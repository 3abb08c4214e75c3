"""Writes a recording in parts during training, so that a kill loses at most the open part."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.atomic import remove_unfinished
from gradviz.recording.attributes import Scalar
from gradviz.recording.call_record import CallRecord
from gradviz.recording.file_names import PARTS, RECORDING, holds_recording, part_file, part_files
from gradviz.recording.load import at_once_of, read_file
from gradviz.recording.merge import merge
from gradviz.recording.provenance import FORMAT_ATTRIBUTE, FORMAT_VERSION
from gradviz.recording.save import write
from gradviz.recording.sink import MemorySink
from gradviz.recording.stored_tree import AT_ONCE
from gradviz.recording.writer_lock import WriterLock


class Limits(NamedTuple):
    """Limits of an open part: recorded steps, bytes, and seconds since its first entry."""

    steps: int = 128
    nbytes: int = 64 << 20
    seconds: float = 10.0


class PartWriter:
    """Writes a recording to a folder: finished parts are on disk, the open part is in memory.

    Parameters
    ----------
    folder : path
        Created if missing. It may contain other files, but not another recording.
    metadata : mapping, optional
        Attributes of the recording that the user adds.
    torch_version : str, optional
        By default the version of the installed package.
    limits : Limits
        Size and age at which a part is finished. A training step is never split between parts.
    clock : callable
        Returns seconds from a monotonic clock.
    finished : int
        Number of parts of this recording already in the folder, as `keep_parts` left them.
    origin : mapping, optional
        As `provenance` takes it.
    lock : WriterLock, optional
        Of this folder, if it is held already. It is held until `close`.

    Raises
    ------
    FileExistsError
        If the folder contains another recording, or the path is a file.
    FolderIsBusy
        If another recording is being written to the folder.
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
        lock: WriterLock | None = None,
    ) -> None:
        self.folder = Path(folder)
        self._lock = lock or lock_folder(self.folder)
        if not finished and holds_recording(self.folder):
            self._lock.release()
            raise _already_there(self.folder)
        self._open = MemorySink(metadata=metadata, torch_version=torch_version, origin=origin)
        self._limits = limits or Limits()
        self._clock = clock
        self._opened: float | None = None
        self._step: int | None = None
        self._count = finished
        self._only: xr.DataTree | None = None  # the first part, if it is small and no other follows
        self._closed = False
        (self.folder / PARTS).mkdir(parents=True, exist_ok=True)

    @property
    def finished(self) -> int:
        """Number of parts on disk."""
        return self._count

    @property
    def nbytes(self) -> int:
        """Bytes of the records of the open part."""
        return self._open.nbytes

    @property
    def waiting(self) -> int:
        """Number of recorded steps in the open part."""
        return len(self._open.steps)

    def now(self) -> float:
        """Seconds of the writer's clock."""
        return self._clock()

    def add(self, record: CallRecord) -> None:
        """Add the record of a call. Its arrays are not copied; do not change them before the part is written.

        Raises
        ------
        ValueError
            If the record does not fit the vocabulary or the earlier records, or the writer is closed.
        OSError
            If a part cannot be written. Nothing is lost; the next call tries again.
        """
        self.flush_if_due(before=record.step)
        self.keep(record)

    def keep(self, record: CallRecord) -> None:
        """Like `add`, but never write."""
        self._check_open()
        self._open.add(record)
        self._step = record.step
        self._start_clock()

    def add_metrics(self, iteration: int, values: Mapping[str, object]) -> None:
        """Add the metrics of an iteration, whether or not it was recorded.

        Raises
        ------
        ValueError
            If a name cannot be used, or the writer is closed.
        TypeError
            If a value is not one number.
        OSError
            If a part cannot be written. Nothing is lost; the next call tries again.
        """
        self.keep_metrics(iteration, values)
        self.flush_if_due()

    def keep_metrics(self, iteration: int, values: Mapping[str, object]) -> None:
        """Like `add_metrics`, but never write."""
        self._check_open()
        self._open.add_metrics(iteration, values)
        self._start_clock()

    def flush_if_due(self, *, before: int | None = None) -> None:
        """Write the open part if it is full or old, unless ``before`` is the step that is being added."""
        full = len(self._open.steps) >= self._limits.steps or self._open.nbytes >= self._limits.nbytes
        old = self._opened is not None and self._clock() - self._opened >= self._limits.seconds
        if (full or old) and (before is None or before != self._step):
            self.flush()

    def tree(self) -> xr.DataTree:
        """The recording so far: all parts, including the open one."""
        if self._closed and (self.folder / RECORDING).exists():
            return read_file(self.folder / RECORDING)
        files = part_files(self.folder)[: self._count]
        at_once = at_once_of(files)
        finished = [read_file(part, at_once=at_once) for part in files]
        return merge(finished if finished and self._open.empty else [*finished, self._open.tree()])

    def flush(self) -> None:
        """Write the open part to disk, unless it is empty."""
        if self._open.empty:
            return
        self._write_open(part_file(self.folder, self._count), compress=False)
        self._count += 1

    def close(self) -> None:
        """Merge all parts into ``recording.nc`` and remove them. A second call does nothing.

        If no part was finished, ``recording.nc`` is written directly.

        Raises
        ------
        OSError
            If it cannot be written, or finished parts have gone. The other parts stay and can be loaded, and
            the open part stays in memory for another call.
        """
        if self._closed:
            return
        if self._count:
            self.flush()
        parts = part_files(self.folder)[: self._count]
        if len(parts) < self._count:
            raise FileNotFoundError(
                f"{self._count - len(parts)} of {self._count} parts have gone from {self.folder / PARTS}"
            )
        if parts:
            write(self.tree() if self._only is None else self._only, self.folder / RECORDING)
        elif not self._open.empty:
            _check_free(part_file(self.folder, 0), self.folder)
            self._write_open(self.folder / RECORDING, compress=True)
        self._closed, self._only = True, None
        for part in parts:
            part.unlink()
        with contextlib.suppress(OSError):  # not empty if a killed writer left a temporary file
            (self.folder / PARTS).rmdir()
        self._lock.release()

    def abandon(self) -> None:
        """Let the folder go without closing: the parts on disk stay, and can be gone on with."""
        self._lock.release()

    def _write_open(self, target: Path, *, compress: bool) -> None:
        _check_free(target, self.folder)
        tree = self._open.tree()
        self._only = tree if not self._count and self._open.nbytes <= AT_ONCE else None
        write(tree, target, compress=compress)
        self._open.clear()
        self._opened = None

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError(f"the recording in {self.folder} is closed; nothing can be added to it")

    def _start_clock(self) -> None:
        if self._opened is None and not self._open.empty:
            self._opened = self._clock()


def keep_parts(folder: Path, count: int) -> None:
    """Keep the first parts of a recording, to continue after them, and remove all later ones.

    Parameters
    ----------
    folder : Path
    count : int
        Number of parts to keep: an earlier value of `PartWriter.finished`.

    Raises
    ------
    BadRecording
        If one of these parts is missing, damaged or of another format version than the next one would be.
        Nothing is removed then.
    """
    for number in range(count):
        part = part_file(folder, number)
        if not part.exists():
            raise BadRecording(f"{part} is missing")
        found = read_file(part).attrs[FORMAT_ATTRIBUTE]
        if found != FORMAT_VERSION:
            raise BadRecording(
                f"{part} has format {found}, and this gradviz writes format {FORMAT_VERSION}; "
                "one recording has one format"
            )
    for later in part_files(folder)[count:]:
        later.unlink()
    remove_unfinished(folder / PARTS, alone=True)


def _check_free(target: Path, folder: Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} already exists: another recording is being written to {folder}")


def lock_folder(folder: Path) -> WriterLock:
    """Make a folder for a recording, and hold it.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    WriterLock
        What a writer that was killed has left half written is removed.

    Raises
    ------
    FileExistsError
        If the path is a file.
    FolderIsBusy
        If another recording is being written to the folder.
    """
    if folder.suffix == ".nc" or (folder.exists() and not folder.is_dir()):
        raise FileExistsError(
            f"{folder} is a file; recording a training needs a folder (tape.save writes one file)"
        )
    folder.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(folder)
    remove_unfinished(folder, RECORDING, alone=True)
    remove_unfinished(folder / PARTS, alone=True)
    return lock


def _already_there(folder: Path) -> FileExistsError:
    return FileExistsError(
        f"{folder} already contains a recording; choose another path, load it with gv.load({str(folder)!r}), "
        f"or go on with it: path=gv.storage({str(folder)!r}, append=True)"
    )

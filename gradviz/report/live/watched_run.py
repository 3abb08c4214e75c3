"""What is known of a run that is watched: its data, whether it goes on, and that in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gradviz.recording.file_names import PARTS, RECORDING
from gradviz.recording.stored_array import identity
from gradviz.recording.writer_lock import LOCK, is_held_here
from gradviz.report.data.compare import PageData, page_data
from gradviz.report.live.part_reader import Identity, PartReader, recording_files

LIVE_BYTES = 3_000_000
"""Characters of base64 that a page gets anew whenever a part has come."""

WAITING, LIVE, STOPPED = "waiting", "live", "stopped"
ENDED, DELETED, UNREADABLE = "ended", "deleted", "unreadable"

_PAUSE = 0.5  # seconds between two looks, however many pages ask
_REST = 3.0  # after reading, for each second of processor time: a quarter of one core at most
_MOST_TRIES = 5
_LATE = 10.0  # seconds between the last look at a writer and a part that it has still written
_SILENT = 300.0  # seconds without a part from which on, and at whose multiples, that is said
_CANNOT_READ = (OSError, ValueError, TypeError, KeyError, IndexError, ArithmeticError, RuntimeError)


@dataclass(frozen=True)
class Seen:
    """What is known of a run.

    Attributes
    ----------
    version : int
        Grows whenever `data` change; 0 before there are any.
    status : str
        "waiting", "live", "stopped", "ended", "deleted" or "unreadable".
    words : str
        The status as a sentence. Not escaped.
    data : PageData or None
        What was read last; it stays when the run is deleted.
    """

    version: int
    status: str
    words: str
    data: PageData | None


class WatchedRun:
    """A run that is looked at when a page asks, and never touched.

    Of a process on this machine that was seen to write the run it is known when it has ended, even by being
    killed. Any other that was killed looks like one that goes on, except that no part comes any more: that is
    said after five minutes. They count from when the part was seen here, since clocks of file systems differ;
    only of the part that is there already at the first look the file's own time is taken.

    Parameters
    ----------
    run : Path
        A run's folder, which need not exist yet, or a recording's file.
    clock : callable
        Returns seconds from a monotonic clock.
    page_bytes : int
        As `page_data` takes it.
    """

    def __init__(
        self, run: Path, *, clock: Callable[[], float] = time.monotonic, page_bytes: int = LIVE_BYTES
    ) -> None:
        self.run = run
        self.name = run.resolve().name
        self._clock, self._page_bytes = clock, page_bytes
        self._reader = PartReader()
        self._taken: Mapping[Path, Identity] = {}
        self._looked: Mapping[Path, Identity] = {}
        self._failed: Mapping[Path, Identity] = {}
        self._failures = 0
        self._readable: Mapping[Path, Identity] = {}
        self._next = self._rested = self._came = self._held = -float("inf")
        self._lock = threading.Lock()
        self._seen = Seen(0, WAITING, "Reading the recording.", None)

    def look(self) -> Seen:
        """What is known now; several threads may ask.

        Returns
        -------
        Seen
        """
        with self._lock:
            now = self._clock()
            if now >= self._next:
                self._next = now + _PAUSE
                try:
                    self._look_anew()
                except FileNotFoundError:  # moved or deleted while it was read: the next look will tell
                    self._next = now
                except OSError as error:
                    self._say(UNREADABLE, f"The recording cannot be read: {error}")
            return self._seen

    def _look_anew(self) -> None:
        groups = recording_files(self.run)
        files = _identities(groups)
        if not files:
            self._say(*self._nothing())
            self._taken = {}
            return
        if self._is_new(files) and self._clock() >= self._rested and not self._take(groups, files):
            return
        if self._seen.data is not None:
            self._say(*self._status(groups))

    def _is_new(self, files: Mapping[Path, Identity]) -> bool:
        if files == self._failed and self._failures >= _MOST_TRIES:
            return False
        is_first_look, self._looked = files != self._looked, files
        if is_first_look and files.items() < self._taken.items():
            return False  # the folder may just be being deleted: what was seen stays until the next look
        return files != self._taken or self._reader.tries_again

    def _take(self, groups: Sequence[Sequence[Path]], files: Mapping[Path, Identity]) -> bool:
        """Read what is new; False if it cannot be read."""
        begin = time.process_time()
        try:
            data = page_data({self.name: self._reader.tree(groups, files)}, page_bytes=self._page_bytes)
        except FileNotFoundError:
            raise
        except _CANNOT_READ as error:
            self._failures = self._failures + 1 if files == self._failed else 1
            self._failed = files
            if self._failures >= _MOST_TRIES:
                self._say(UNREADABLE, f"The recording cannot be read: {error}")
            return False
        finally:
            self._rested = self._clock() + _REST * (time.process_time() - begin)
        if _identities(groups) != files:
            raise FileNotFoundError("the recording was written again while it was read")
        left_out = self._reader.left_out
        readable = {file: found for file, found in files.items() if file not in left_out}
        if readable != self._readable:
            age = max(0.0, time.time() - _last(readable)) if not self._readable else 0.0
            self._readable, self._came = readable, self._clock() - age
        if _is_whole(groups, self.run):
            self._reader.forget()
        self._taken, self._failed = files, {}
        self._seen = replace(self._seen, version=self._seen.version + 1, data=data)
        return True

    def _status(self, groups: Sequence[Sequence[Path]]) -> tuple[str, str]:
        """Status and words of a run with a recording."""
        reached = self._reached()
        left_out = [file.name for file in self._reader.left_out]
        without = f" {', '.join(left_out)} cannot be read and is left out." if left_out else ""
        if _is_whole(groups, self.run):
            return ENDED, f"The run has ended{reached}.{without}"
        folders = {_folder_of(file) for file in self._taken}
        if not any((folder / LOCK).exists() for folder in folders):
            return STOPPED, f"The training has stopped{reached}; if it goes on, so does this page.{without}"
        if self._was_killed(folders):
            words = f"The training was killed, or ended without closing its recording{reached}"
            return STOPPED, f"{words}; if it goes on, so does this page.{without}"
        last = _in_words(_last(self._readable))
        return LIVE, f"Live{reached}; {self._silence()}the last part came at {last}.{without}"

    def _was_killed(self, folders: Iterable[Path]) -> bool:
        """Whether a process of this machine was seen to write and does not any more, nor another."""
        if any(is_held_here(folder) for folder in folders):
            self._held = self._clock()
            return False
        return self._came <= self._held + _LATE

    def _silence(self) -> str:
        minutes = int((self._clock() - self._came) // _SILENT * _SILENT / 60)
        if minutes < 180:
            return f"no part for {minutes} minutes, " if minutes else ""
        return f"no part for {minutes // 60:,} hours, "

    def _reached(self) -> str:
        if self._seen.data is None or not len(steps := self._seen.data.runs[0].steps.values):
            return ""
        return f" at training step {int(steps[-1]):,}"

    def _nothing(self) -> tuple[str, str]:
        """Status and words of a run without a recording."""
        if self._seen.data is None:
            where = "holds no part" if self.run.exists() else "does not exist"
            return WAITING, f"Waiting for the first part: {self.run} {where} yet."
        if self.run.exists():
            return WAITING, "The run begins anew; what was seen last stays until its first part comes."
        return DELETED, "The run was deleted; what was seen last stays."

    def _say(self, status: str, words: str) -> None:
        self._seen = replace(self._seen, status=status, words=words)


def _is_whole(groups: Sequence[Sequence[Path]], run: Path) -> bool:
    return all(file in (run, file.parent / RECORDING) for group in groups for file in group)


def _identities(groups: Sequence[Sequence[Path]]) -> dict[Path, Identity]:
    return {file: identity(file) for group in groups for file in group}


def _last(readable: Mapping[Path, Identity]) -> float:
    """When the newest file was written, in seconds of the file system's clock."""
    return max((when for _, _, when in readable.values()), default=0) / 1e9


def _in_words(moment: float) -> str:
    """The time of day, and the day if it is another than today."""
    written, now = time.localtime(moment), time.localtime()
    day = "" if written[:3] == now[:3] else " on %Y-%m-%d"
    return time.strftime(f"%H:%M:%S{day}", written)


def _folder_of(file: Path) -> Path:
    return file.parent.parent if file.parent.name == PARTS else file.parent

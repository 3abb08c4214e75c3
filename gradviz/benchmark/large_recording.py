"""Rows of the table of limits about closing and opening a large recording, each in a new process."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from gradviz.benchmark.close_or_open import CLOSE, OPEN
from gradviz.benchmark.many_steps import write_parts
from gradviz.benchmark.row import Row, row_of
from gradviz.errors import GradvizError
from gradviz.recording.file_names import RECORDING, part_files
from gradviz.recording.parts import Limits

LARGE = "A large recording"
SIZE = 300_000_000  # bytes on disk
_LENGTH = 25
_FIRST = 256  # training steps of a first recording, which tells how many bytes one has
_MOST_OPENING, _MOST_OPENING_MB = 0.5, 50.0
_OPENED = 3
_IN_A_PROCESS = "import sys; from gradviz.benchmark.close_or_open import main; main(*sys.argv[1:])"


class ProcessFailed(GradvizError, RuntimeError):
    """A process in which something is measured ended with an error."""

    exit_code = 1


def rows_of_large_recording(
    *, size: int = SIZE, on_begin: Callable[[str], object] = lambda _: None
) -> Iterator[Row]:
    """Close a recording of that size, and open it.

    Parameters
    ----------
    size : int
        Bytes of its closed file, about.
    on_begin : callable
        Called with what is measured next.

    Yields
    ------
    Row

    Raises
    ------
    ProcessFailed
        If a process in which it is closed or opened ends with an error.
    """
    with TemporaryDirectory(prefix="gradviz-") as name:
        place = Path(name)
        on_begin("large recording: write its parts")
        first = place / "first"
        write_parts(first, _FIRST, _LENGTH)
        in_a_process(CLOSE, first)
        of_first = (first / RECORDING).stat().st_size
        steps = max(_FIRST, math.ceil(_FIRST * size / of_first))
        parts = write_parts(place / "large", steps, _LENGTH)
        of_parts = sum(part.stat().st_size for part in part_files(place / "large"))
        on_begin("large recording: close it")
        seconds, memory = in_a_process(CLOSE, place / "large", known=first)
        closed = (place / "large" / RECORDING).stat().st_size
        opened = f"{closed / 1e6:.0f} MB"
        sizes = f"{steps:,} training steps, {parts} parts of {of_parts / 1e6:.0f} MB, closed {opened}"
        most = Limits().nbytes / 1e6
        yield row_of(LARGE, "closing: peak memory", [memory], unit="MB", limit=most, beside=sizes)
        yield row_of(
            LARGE, "closing: speed", [of_parts / 1e6 / seconds], unit="MB/s", beside=f"{seconds:.1f} s"
        )
        on_begin("large recording: open it")
        found = [in_a_process(OPEN, place / "large", known=first) for _ in range(_OPENED)]
        times, memories = zip(*found, strict=True)
        yield row_of(LARGE, "opening: time", times, unit="s", limit=_MOST_OPENING, beside=opened)
        yield row_of(
            LARGE, "opening: peak memory", memories, unit="MB", limit=_MOST_OPENING_MB, beside=opened
        )


def in_a_process(what: str, folder: Path, *, known: Path | None = None) -> tuple[float, float]:
    """Close or open a recording in a new process.

    Parameters
    ----------
    what : str
        `CLOSE` or `OPEN`.
    folder : Path
    known : Path, optional
        A recording that the process opens before, so that its imports are not measured.

    Returns
    -------
    seconds : float
    memory : float
        What the process grew by at its peak, in megabytes (10^6 bytes).

    Raises
    ------
    ProcessFailed
        If the process ends with an error.
    """
    command = [sys.executable, "-c", _IN_A_PROCESS, what, str(folder), *([str(known)] if known else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().rpartition("\n")[2]
        raise ProcessFailed(f"the process to {what} {folder} ended with {done.returncode}: {last}")
    seconds, memory = json.loads(done.stdout)
    return float(seconds), float(memory)

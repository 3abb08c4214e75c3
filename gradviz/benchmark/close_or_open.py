"""Closes or opens a recording and prints its time and memory; run in a process of its own, without torch."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from pathlib import Path

from gradviz.recording.file_names import part_files
from gradviz.recording.load import load
from gradviz.recording.parts import PartWriter

CLOSE, OPEN = "close", "open"


def main(what: str, folder: str, known: str | None = None) -> None:
    """Print the seconds, and the megabytes that the process grew by at its peak, as a list in JSON.

    Parameters
    ----------
    what : str
        `CLOSE` or `OPEN`.
    folder : str
        Of a recording: in parts to close it, closed to open it.
    known : str, optional
        Folder of a recording that is opened before, so that imports are not measured.
    """
    if known is not None:
        load(known)
    place = Path(folder)
    writer = PartWriter(place, finished=len(part_files(place))) if what == CLOSE else None
    before = _forget_peak()
    began = time.perf_counter()
    if writer is not None:
        writer.close()
    else:
        load(place)
    seconds = time.perf_counter() - began
    print(json.dumps([seconds, (_peak() - before) / 1e6]))


def _forget_peak() -> int:
    """Resident memory now, in bytes; where the peak cannot be forgotten, the peak so far."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak()


def _peak() -> int:
    """Most resident memory since it was forgotten, in bytes."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return found if sys.platform == "darwin" else 1024 * found
    (line,) = (line for line in lines if line.startswith("VmHWM"))
    return 1024 * int(line.split()[1])

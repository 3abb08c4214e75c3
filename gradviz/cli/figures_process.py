"""A second process for a run's figures: it imports what draws while the first imports torch and trains."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRAWN = b"drawn\n"  # its answer

# It has to find the same modules as this process, whatever that was started from.
_CODE = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]  # nothing comes from the working directory
import json
path = sys.stdin.readline()
if path:
    sys.path[:] = json.loads(path)
    from gradviz.cli.drawing_on_request import draw_on_request
    draw_on_request()
"""
_SECONDS_TO_DRAW, _SECONDS_TO_END = 60.0, 5.0


class FiguresProcess:
    """Draws the figures of one run in a process of its own, which never outlives this one.

    It ends when it has drawn, when its pipe is closed, as by a death of this process, or when it has waited
    for a minute: then a training is so long that the memory is worth more than a second.

    Parameters
    ----------
    process : Popen, optional
        With pipes to its input and from its output; without one nothing is drawn.
    """

    def __init__(self, process: subprocess.Popen[bytes] | None = None) -> None:
        self._process = process

    def draw(self, folder: Path) -> bool:
        """Draw the figures of a run that is done.

        Parameters
        ----------
        folder : Path

        Returns
        -------
        bool
            Whether they are drawn. If not, for whatever reason, the caller can draw them and see why.
        """
        if self._process is None:
            return False
        try:
            _send(self._process, os.fspath(folder))
        except OSError:  # it has ended
            return False
        answers = self._process.stdout
        found: list[bytes] = []
        if answers is not None:
            with contextlib.suppress(RuntimeError):  # no more threads can be started
                reader = threading.Thread(target=lambda: found.append(answers.readline()), daemon=True)
                reader.start()
                reader.join(_SECONDS_TO_DRAW)
        if not found:
            self.close()
        return found == [DRAWN]

    def close(self) -> None:
        """End the process; a file that it is writing is removed."""
        process = self._process
        if process is None:
            return
        self._process = None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def figures_process() -> Iterator[FiguresProcess]:
    """A process that draws the figures of a run, where it saves time; it is ended with the block.

    It saves none on a single core, or if this process has imported already.
    """
    figures = FiguresProcess(_started() if _saves_time() else None)
    try:
        yield figures
    finally:
        figures.close()


def _saves_time() -> bool:
    return bool(sys.executable) and _cores() > 1 and not {"torch", "matplotlib"} & sys.modules.keys()


def _cores() -> int:
    """Those that this process may use, where the system tells."""
    if sys.platform.startswith("linux"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _started() -> subprocess.Popen[bytes] | None:
    warnings = [f"-W{option}" for option in sys.warnoptions]
    try:
        process = subprocess.Popen(
            [sys.executable, *warnings, "-c", _CODE],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for this process, which ends that one in its own time
        )
    except OSError:
        return None
    with contextlib.suppress(OSError):  # it has ended, as its answer will tell
        _send(process, [place for place in sys.path if isinstance(place, str)])
    return process


def _send(process: subprocess.Popen[bytes], value: object) -> None:
    if process.stdin is not None:
        process.stdin.write(json.dumps(value).encode("ascii") + b"\n")

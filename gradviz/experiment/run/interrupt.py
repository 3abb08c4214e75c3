"""Ctrl-C that lets the step that runs come to its end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gradviz.errors import GradvizError


class Interrupted(GradvizError):
    """The run was stopped by Ctrl-C; everything up to there is saved."""

    exit_code = 130


class Interrupt:
    """Whether Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """The first time is remembered, the second stops at once."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Within the block Ctrl-C sets ``requested``; pressed again, it raises ``KeyboardInterrupt``.

    The handler that was there is given back. Only the main thread of a process is told of Ctrl-C; in
    another nothing is changed.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)

"""Handle Ctrl-C after the current training step, not during it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gradviz.errors import GradvizError


class Interrupted(GradvizError):
    """The run was stopped by Ctrl-C; everything up to that step is saved."""

    exit_code = 130


class Interrupt:
    """Signal handler that remembers whether Ctrl-C was pressed."""

    def __init__(self) -> None:
        self.requested = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Remember the first Ctrl-C; raise ``KeyboardInterrupt`` at the second."""
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Within the block Ctrl-C sets ``requested``; pressed again, it raises ``KeyboardInterrupt``.

    The previous handler is restored at the end. Only the main thread of a process receives signals; in any
    other thread nothing is changed.
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

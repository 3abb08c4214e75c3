"""Handle Ctrl-C and SIGTERM after the current training step, not during it."""

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


class Terminated(Interrupted):
    """The run was stopped by SIGTERM, as a batch system sends it; everything up to that step is saved."""

    exit_code = 143


class Interrupt:
    """Signal handler that remembers whether a signal has come.

    Attributes
    ----------
    requested : bool
    number : int
        The first signal that came.
    """

    def __init__(self) -> None:
        self.requested = False
        self.number = int(signal.SIGINT)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Remember the first signal; raise ``KeyboardInterrupt`` at a second one if it is Ctrl-C."""
        if not self.requested:
            self.requested, self.number = True, number
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    def error(self, when: str) -> Interrupted:
        """The exception to raise; its message says what happened, and when."""
        if self.number == signal.SIGTERM:
            return Terminated(f"terminated {when}")
        return Interrupted(f"interrupted {when}")


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Within the block Ctrl-C and SIGTERM set ``requested``; a second Ctrl-C raises ``KeyboardInterrupt``.

    The previous handlers are restored at the end. Only the main thread of a process receives signals; in any
    other thread nothing is changed.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

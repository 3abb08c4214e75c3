"""SIGTERM, as a batch system sends it, as an exception: what is open is closed, and children are ended."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 128 + signal.SIGTERM


class TerminatedCommand(BaseException):
    """The command was ended by SIGTERM; like KeyboardInterrupt no ordinary ``except`` keeps it going."""


@contextmanager
def termination_raised() -> Iterator[None]:
    """Within the block the first SIGTERM raises `TerminatedCommand`; later ones are ignored.

    A run that trains has a handler of its own, which lets it finish its step.  Only the main thread of a
    process receives signals; in any other nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _raise(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # the closing that has begun is not to be cut short
    raise TerminatedCommand

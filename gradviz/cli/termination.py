"""SIGTERM, as a batch system sends it, as an exception: what is open is closed, and children are ended."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 128 + signal.SIGTERM


class TerminatedCommand(BaseException):
    """The command was ended by SIGTERM; like KeyboardInterrupt no ordinary ``except`` keeps it going."""


@contextmanager
def termination_raised() -> Iterator[None]:
    """Within the block SIGTERM raises `TerminatedCommand`; while that is on its way, more are ignored.

    Python prints and drops what is raised in a destructor or in a callback of a weak reference, of which
    imports have many. The next signal is then the first again.

    A run that trains has a handler of its own, which lets it finish its step.  Only the main thread of a
    process receives signals; in any other nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, raise_termination)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def raise_termination(number: int, frame: FrameType | None) -> None:
    """The handler within `termination_raised`."""
    if not _is_closing():
        raise TerminatedCommand


def _is_closing() -> bool:
    """Whether an ``except``, ``finally`` or ``with`` is being left that is not to be cut short."""
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, TerminatedCommand):
        error = error.__context__
    return error is not None

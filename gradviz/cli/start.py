"""Where the ``gradviz`` command begins: while it imports, a signal ends it without a traceback."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gradviz.cli.termination import raise_termination

_USUAL = (signal.default_int_handler, signal.SIG_DFL, raise_termination)
_SAID = {signal.SIGINT: b"interrupted\n", signal.SIGTERM: b"gradviz: terminated\n"}


def start() -> None:
    """Import the command line and run it."""
    with ended_at_once():
        from gradviz.cli.main import main
    main()


@contextmanager
def ended_at_once() -> Iterator[None]:
    """Within the block Ctrl-C and SIGTERM end the process at once, with the exit codes 130 and 143.

    It is for imports, by which nothing is half done. An exception raised there by a signal can come out of a
    library as another error, leave a module half imported, or is printed and dropped.  A signal that is
    ignored, as Ctrl-C by a command in the background, or handled by someone else stays so; in another thread
    than the main one nothing can be said about signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SAID}
    replaced = {number: handler for number, handler in before.items() if handler in _USUAL}
    for number in replaced:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in replaced.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(OSError):
        os.write(2, _SAID[signal.Signals(number)])
    os._exit(128 + number)

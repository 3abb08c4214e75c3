"""Where the ``gradviz`` command begins: while it imports, Ctrl-C ends it without a traceback."""

from __future__ import annotations

import contextlib
import os
import signal
from types import FrameType

INTERRUPTED = 130  # the exit code of a shell's command that Ctrl-C has ended


def start() -> None:
    """Import the command line and run it.

    Nothing is half done while it imports, so an interrupt ends the process at once. A `KeyboardInterrupt`
    raised there can come out of a library as another error, or is printed and dropped.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # and not ignored, as for a command in the background
        signal.signal(signal.SIGINT, _end)
    from gradviz.cli.main import main

    signal.signal(signal.SIGINT, handler)
    main()


def _end(number: int, frame: FrameType | None) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"interrupted\n")
    os._exit(INTERRUPTED)

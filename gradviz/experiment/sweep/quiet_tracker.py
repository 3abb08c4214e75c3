"""The process that removes the semaphores of a killed sweep does so without a word."""

from __future__ import annotations

import os
import sys

_WARNINGS = "PYTHONWARNINGS"
_NOT_SHOWN = "ignore:resource_tracker"  # how its warnings begin


def start_quiet_tracker() -> None:
    """Start Python's tracker of semaphores for this process and its workers, without its warnings.

    The queues of a pool of workers have semaphores, which a process that is killed cannot remove.  The
    tracker outlives it and removes them; it would then warn of a leak that is none, with the path of its own
    source.  Does nothing where there is no tracker, or where it runs already.
    """
    if sys.platform == "win32":
        return
    from multiprocessing import resource_tracker

    given = os.environ.get(_WARNINGS)
    os.environ[_WARNINGS] = f"{given},{_NOT_SHOWN}" if given else _NOT_SHOWN
    try:
        resource_tracker.ensure_running()
    finally:
        if given is None:
            del os.environ[_WARNINGS]
        else:
            os.environ[_WARNINGS] = given

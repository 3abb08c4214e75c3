"""How the local workers of a sweep start: as copies of one process that has imported torch and xarray."""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing import connection, forkserver, get_context, parent_process
from multiprocessing.context import BaseContext

from gradviz.experiment.sweep.quiet_tracker import start_quiet_tracker

# Only what others have written: the server need not find the same gradviz as its parent.
# What is not installed is left out.
_IMPORTED_ONCE = ["torch", "xarray", "h5py", "pydantic", "dask.array", "tomli_w"]


def worker_context() -> BaseContext:
    """The way in which worker processes are started.

    On Linux they are copies of a server process. It imports torch but calculates nothing with it, and so has
    none of its threads, for which a copy of a process that has used torch may hang. Elsewhere every worker
    imports for itself.
    """
    start_quiet_tracker()  # before a semaphore or a worker starts one that warns
    return get_context("forkserver" if sys.platform.startswith("linux") else "spawn")


def prepare_workers() -> None:
    """Let the server process import while this process does something else; does nothing without one.

    For a process of our own, since what the server imports is a setting of the whole process.
    """
    context = worker_context()
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(_IMPORTED_ONCE)
        forkserver.ensure_running()


def end_with_sweep() -> None:
    """In a worker: let SIGTERM end this process once the one that started it is gone, however it ended.

    A run takes the signal as from a batch system: it finishes its step and saves what it has. Without it a
    worker would notice only after its job, which may be hours later.
    """
    threading.Thread(target=_terminate_after_parent, name="end with sweep", daemon=True).start()


def _terminate_after_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

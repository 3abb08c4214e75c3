"""How the local workers of a sweep start: as copies of one process that has imported torch and xarray."""

from __future__ import annotations

import sys
from multiprocessing import forkserver, get_context
from multiprocessing.context import BaseContext

# Only what others have written: the server does not look for gradviz where its parent does.
_IMPORTED_ONCE = [
    "torch",
    "xarray",
    "h5netcdf",
    "pydantic",
    "dask.array",
]  # what is not installed is left out


def worker_context() -> BaseContext:
    """The way in which worker processes are started.

    On Linux they are copies of a server process. It imports torch but calculates nothing, and so has none of
    the threads for which a copy of a process that has used torch may hang. Elsewhere every worker imports for
    itself.
    """
    if not sys.platform.startswith("linux"):
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED_ONCE)
    return context


def prepare_workers() -> None:
    """Let the server process import while this process does something else; does nothing without one."""
    if worker_context().get_start_method() == "forkserver":
        forkserver.ensure_running()

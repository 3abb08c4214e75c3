"""No garbage collection while modules are imported: it goes through all of them, over and over, in vain."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gradviz.cli.start import ended_at_once


@contextmanager
def uncollected_imports() -> Iterator[None]:
    """Import quickly in the block, in a process that has nothing yet; elsewhere the block runs as it is.

    Until the end of the block a signal ends the process at once; see `ended_at_once`.  What exists then is
    never looked at again by the collector, also not at the end of the process.  A caller that has imported
    xarray has objects of its own, and keeps its collector as it is.
    """
    if "xarray" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        with ended_at_once():
            yield
    finally:
        gc.freeze()
        gc.enable()
        atexit.register(gc.freeze)

"""Processes that are used again and again, from which nothing can escape: a hang and a death are outcomes."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, TimeoutError, wait
from itertools import islice
from multiprocessing.context import BaseContext
from typing import Any

from faults.damage import Case, try_one
from pebble import ProcessExpired, ProcessPool

from gradviz.experiment.sweep.quiet_tracker import start_quiet_tracker

_LONGEST = 60.0  # seconds by the clock, on a machine that has other work too
_MEMORY = 16 << 30  # bytes of addresses, so that no damaged size takes the machine's memory
_LOADED = [
    *("torch", "torch._dynamo", "xarray", "h5netcdf", "matplotlib.pyplot", "tqdm", "pandas", "dask.array"),
    *("gradviz.cli.main", "gradviz.cli.run", "gradviz.capture.record", "gradviz.experiment.run.run"),
    *("gradviz.recording.load", "gradviz.cli.run_figures", "gradviz.experiment.config.experiment_file"),
]  # fmt: skip


def forking() -> BaseContext:
    """Processes that have imported everything when they begin, and nothing else in common."""
    start_quiet_tracker()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    return context


def try_all(cases: Iterable[Case], *, workers: int) -> Iterator[tuple[Case, str]]:
    """Every case with its outcome, in the order in which they end."""
    waiting: dict[Any, Case] = {}
    left = iter(cases)
    with ProcessPool(max_workers=workers, context=forking(), initializer=_begin) as pool:
        while True:
            for case in islice(left, 8 * workers - len(waiting)):
                waiting[pool.schedule(try_one, args=(case,), timeout=_LONGEST)] = case
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), _outcome(future)


def _begin() -> None:
    import torch

    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _outcome(future: Any) -> str:
    try:
        return str(future.result())
    except TimeoutError:
        return f"a hang of more than {_LONGEST:g} s"
    except ProcessExpired as error:
        return f"the process died (exit code {error.exitcode})"

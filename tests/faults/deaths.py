"""A process that dies by kill -9 at a moment that a random generator chooses."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, NamedTuple

_CHANGES = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.scandir"})
_LONGEST = 240.0  # seconds


class Moment(NamedTuple):
    """When a process dies: after a share of its usual time, or before one of its file operations."""

    share: float
    by_operation: bool


class Life(NamedTuple):
    """What became of a process: how it ended, how long it took, and how many file operations it began."""

    exit_code: int | None
    seconds: float
    operations: int


def moment(rng: random.Random) -> Moment:
    """A moment: half of them by time, half by operation."""
    return Moment(rng.random(), rng.random() < 0.5)


def live(
    context: BaseContext,
    work: Callable[..., None],
    arguments: tuple[Any, ...],
    folder: Path,
    *,
    dies: Moment | None = None,
    usual: Life | None = None,
) -> Life:
    """Do some work in a process of its own, which is killed if a moment is given.

    Parameters
    ----------
    context : multiprocessing context
    work : callable
        Called in the process with ``begin`` and the arguments; it calls ``begin()`` where the time and the
        count of operations start.
    arguments : tuple
    folder : Path
        Only operations on files in it count.
    dies : Moment, optional
    usual : Life, optional
        Of the same work undisturbed.

    Returns
    -------
    Life
        With exit code -9 if it was killed; None if it did not end in four minutes, and was killed then.
    """
    last = 0
    if dies is not None and usual is not None and dies.by_operation:
        last = 1 + int(dies.share * usual.operations)
    told, tells = context.Pipe(duplex=False)
    process = context.Process(target=_live, args=(work, arguments, str(folder), tells, last))  # type: ignore[attr-defined]
    process.start()
    tells.close()
    has_begun = told.poll(_LONGEST) and _received(told) is not None
    start = time.monotonic()
    if has_begun and dies is not None and usual is not None and not dies.by_operation:
        process.join(dies.share * usual.seconds)
        process.kill()
    process.join(_LONGEST)
    seconds, code = time.monotonic() - start, process.exitcode
    if code is None:
        process.kill()
        process.join()
    count = _received(told) if told.poll(0) else None
    told.close()
    return Life(code, seconds, count or 0)


def _received(told: Any) -> int | None:
    """The next number, or None if the process has ended without one."""
    try:
        return int(told.recv())
    except EOFError:
        return None


def _live(work: Callable[..., None], arguments: tuple[Any, ...], folder: str, tells: Any, last: int) -> None:
    import torch

    torch.set_num_threads(1)
    counted = -1  # not yet

    def watch(event: str, given: tuple[Any, ...]) -> None:
        nonlocal counted
        if counted >= 0 and event in _CHANGES and str(given[0]).startswith(folder):
            counted += 1
            if counted == last:
                os.kill(os.getpid(), signal.SIGKILL)

    def begin() -> None:
        nonlocal counted
        counted = 0
        tells.send(0)

    sys.addaudithook(watch)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 1)
    try:
        work(begin, *arguments)
    finally:
        tells.send(counted)

"""Kills processes of every kind at moments drawn from a seed, and says what each death has lost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from faults.deaths import moment
from faults.killed_commands import Gallery, Run, Sweep
from faults.killed_recordings import Closing, Recording
from faults.tally import EQUAL

KINDS: tuple[Any, ...] = (Recording, Closing, Run, Sweep, Gallery)
_KILLED = -9


def shares(count: int, kinds: Sequence[Any] = KINDS) -> list[int]:
    """How many of so many deaths each kind has; at least one if there are enough."""
    whole = sum(kind.share for kind in kinds)
    found = [max(1, count * kind.share // whole) if count >= len(kinds) else 0 for kind in kinds]
    found[0] += count - sum(found)
    return found


def kill_all(
    context: Any, folder: Path, count: int, *, seed: int, workers: int, kinds: Sequence[Any] = KINDS
) -> Iterator[tuple[str, str, str, str]]:
    """Kill so many processes.

    Parameters
    ----------
    context : multiprocessing context
    folder : Path
        Empty; what is lost stays there.
    count, seed, workers : int
    kinds : sequence of class

    Yields
    ------
    str, str, str, str
        What was killed, when, an outcome of `faults.tally`, and the name of the death.
    """

    def strike(kind: Any, number: int) -> tuple[str, str, str, str]:
        when = moment(random.Random(f"{seed}/{kind.name}/{number}"))
        place = folder / f"{type(kind).__name__}-{number}"
        words = "before a file operation" if when.by_operation else "at a random time"
        life = kind.strike(place, when)
        if life.exit_code not in (_KILLED, 0):
            outcome = f"it ended with exit code {life.exit_code} before it was killed"
        else:
            outcome = _judged(kind, place)
        if outcome == EQUAL:
            shutil.rmtree(place, ignore_errors=True)
        return kind.name, words, outcome, place.name

    stage = folder / "undisturbed"
    stage.mkdir()
    ready = [kind(context, stage) for kind in kinds]
    with ThreadPoolExecutor(workers) as pool:
        turns = [
            ((number + 0.5) / number_of, place, number)
            for place, number_of in enumerate(shares(count, kinds))
            for number in range(number_of)
        ]
        every = [pool.submit(strike, ready[place], number) for _, place, number in sorted(turns)]
        try:
            for done in as_completed(every):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _judged(kind: Any, place: Path) -> str:
    try:
        return kind.judge(place) or EQUAL
    except Exception as error:
        return f"{type(error).__name__}: {error}"

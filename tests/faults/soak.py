"""A long training that is recorded, closed and loaded again and again: nothing that it takes may grow."""

from __future__ import annotations

import gc
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from faults.tally import EQUAL, Tally
from faults.trend import trend

STEPS = 60  # training steps of a round
LEAK = 4096  # bytes a round; the recording of a round is some hundred times as large
_WARM = 0.2  # share of the rounds that is not judged: caches fill
_LEAST_ROUNDS = 10


class Reading(NamedTuple):
    """What the process holds after a round."""

    memory: int
    handles: int
    threads: int
    files: int


def soak(
    folder: Path,
    seconds: float,
    *,
    after_round: Callable[[Any], None] = lambda tree: None,
    least: int = _LEAST_ROUNDS,
) -> dict[str, Any]:
    """Train and record for some time.

    Parameters
    ----------
    folder : Path
        Empty; everything is written there.
    seconds : float
    after_round : callable
        Takes the recording of each round.
    least : int
        Rounds that are made however long they take.

    Returns
    -------
    dict
        ``rows`` of a tally, the number of rounds and steps, the seconds, and the trend of the memory.
    """
    began, readings = time.monotonic(), []
    for tree in _rounds(folder):
        after_round(tree)
        del tree
        readings.append(_reading(folder))
        if len(readings) >= least and time.monotonic() - began >= seconds:
            break
    judged = readings[int(_WARM * len(readings)) :]
    growth = trend([float(one.memory) for one in judged])
    tally = Tally()
    grows = f"the memory grows by {growth.slope:.0f} bytes a round (at least {growth.low:.0f})"
    tally.count("soak", "memory", grows if growth.low > LEAK else EQUAL, "memory")
    for name in ("handles", "threads", "files"):
        values = [getattr(one, name) for one in judged]
        third = len(values) // 3
        more = min(values[-third:]) - max(values[:third])
        tally.count("soak", name, f"{more} more at the end" if more > 0 else EQUAL, name)
    return {
        "rows": tally.rows,
        "rounds": len(readings),
        "steps": STEPS * len(readings),
        "seconds": round(time.monotonic() - began),
        "memory": [growth.slope, growth.low, growth.high],
        "first": judged[0]._asdict(),
        "last": judged[-1]._asdict(),
    }


def _rounds(folder: Path) -> Iterator[Any]:
    """The recording of each round, loaded from disk; one model is trained on and on."""
    import torch
    from torch import nn

    import gradviz as gv

    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = nn.LSTM(4, 16)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    place = folder / "recording"
    while True:
        for append in (False, True):  # the second session goes on with the first one's recording
            storage = gv.storage(place, append=append)
            with gv.record(model, path=storage, detail="full", optimizer=optimizer) as tape:
                for _ in range(STEPS // 2):
                    optimizer.zero_grad()
                    loss = model(torch.randn(30, 8, 4))[0].square().mean()
                    loss.backward()
                    optimizer.step()
                    tape.step(loss)
        tree = gv.load(place)
        steps = tree["lstm"]["log10_grad_h"].load().sizes["step"]
        if steps != STEPS:
            raise RuntimeError(f"{steps} steps were loaded; {STEPS} were recorded")
        yield tree
        del tree, tape
        shutil.rmtree(place)


def _reading(folder: Path) -> Reading:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Reading(
        pages * os.sysconf("SC_PAGE_SIZE"),
        len(os.listdir("/proc/self/fd")),
        threading.active_count(),
        sum(len(inside) for _, _, inside in os.walk(folder)),
    )

"""Runs tests in a fork of a process that has the slow imports behind it and none of the package's."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

MEMORY = 12 * 2**30  # bytes of address space: a mutant may ask for any size of array


def import_what_is_slow() -> None:
    """All that tests import besides the package; threads do not survive a fork, so none is started."""
    import h5py  # noqa: F401
    import hypothesis.strategies
    import matplotlib as mpl

    mpl.use("Agg")
    import hypothesis.extra.numpy  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import torch
    import xarray  # noqa: F401

    torch.set_num_threads(1)
    loaded = sorted(name for name in sys.modules if name.partition(".")[0] == "gradviz")
    if loaded:
        raise RuntimeError(f"the package is imported before its mutation: {loaded}")


class Chosen:
    """Keeps the tests that were chosen, in their order; a test whose name a mutant changes stays in."""

    def __init__(self, tests: Sequence[str]):
        self.place = {test: place for place, test in enumerate(tests)}
        self.failed: list[str] = []

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        there = {item.nodeid for item in items}
        lost = {test.partition("[")[0]: place for test, place in self.place.items() if test not in there}
        kept = {}
        for item in items:
            place = self.place.get(item.nodeid, lost.get(item.nodeid.partition("[")[0]))
            if place is not None:
                kept[item] = place
        items[:] = sorted(kept, key=lambda item: kept[item])

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def forked(body: Callable[[], Any], *, tree: Path, scratch: Path, limit: float) -> dict[str, Any]:
    """What ``body`` returns in a fork within ``tree``, or how the fork ended; ``limit`` is in seconds."""
    answer = scratch / "answer.json"
    answer.unlink(missing_ok=True)
    shutil.rmtree(scratch / "tmp", ignore_errors=True)
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _be_the_child(body, tree, scratch, answer)
    started = time.monotonic()
    while time.monotonic() - started < limit:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            seconds = time.monotonic() - started
            if answer.exists():
                return {**json.loads(answer.read_text()), "seconds": seconds}
            return {"ended": f"status {status}", "seconds": seconds}
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"ended": "time", "seconds": limit}


def _be_the_child(body: Callable[[], Any], tree: Path, scratch: Path, answer: Path) -> None:
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        log = os.open(scratch / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(tree)
        sys.path[:0] = [str(tree)]
        sys.dont_write_bytecode = True
        os.environ.update(PYTHONPATH=str(tree), PYTHONDONTWRITEBYTECODE="1")
        found = body()
        answer.write_text(json.dumps(found))
        sys.stdout.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stdout.flush()
    finally:
        os._exit(0)


def run_tests(files: Sequence[str], plugins: Sequence[Any], scratch: Path, *options: str) -> int:
    """Pytest's exit code; hypothesis draws the same examples every time and does not shrink them."""
    import hypothesis

    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile(
        "mutation", derandomize=True, database=None, deadline=None, phases=phases
    )
    hypothesis.settings.load_profile("mutation")
    where = ["--basetemp", str(scratch / "tmp"), "-p", "no:cacheprovider", "-p", "no:faulthandler"]
    where += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*files, "-n", "0", "-q", *where, *options], plugins=list(plugins)))

"""Which test runs which line, and in how many seconds: found by running all tests of a folder once."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from forked_pytest import forked, run_tests

NOT_TRACED = ("tests/capture/test_compiled.py",)  # torch.compile and a tracer do not go together


class _Watch:
    """Tells coverage which test runs, and keeps seconds and failures."""

    def __init__(self, coverage: Any):
        self._coverage = coverage
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        started = time.perf_counter()
        found = yield
        self.seconds[item.nodeid] = time.perf_counter() - started
        self._coverage.switch_context("")
        return found

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def _watched(tree: Path, folder: str, packages: Sequence[str], scratch: Path) -> dict[str, Any]:
    import coverage

    sources = [str(tree / package) for package in packages]
    measured = coverage.Coverage(data_file=None, source=sources, config_file=False, messages=False)
    watch = _Watch(measured)
    measured.start()
    ignored = [option for name in NOT_TRACED for option in ("--ignore", name)]
    code = run_tests([folder], [watch], scratch, *ignored)
    measured.stop()
    data = measured.get_data()
    lines = {
        str(Path(file).relative_to(tree)): {
            line: [test for test in tests if test] for line, tests in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    return {"code": code, "seconds_of": watch.seconds, "failed": watch.failed, "lines": lines}


@dataclass
class CoveringTests:
    """The tests of each line, seconds of each test, and the tests that fail without any mutant."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def add_folder(self, folder: str, *, tree: Path, packages: Sequence[str], out: Path) -> None:
        """Run the tests of ``folder``, unless a former run has left its result in ``out``."""
        kept = out / f"covering-{folder.replace('/', '-')}.json"
        if not kept.exists():
            found = forked(lambda: _watched(tree, folder, packages, out), tree=tree, scratch=out, limit=3600)
            if "lines" not in found:
                raise RuntimeError(f"the tests of {folder} did not run to their end: see {out / 'log.txt'}")
            kept.write_text(json.dumps(found))
        found = json.loads(kept.read_text())
        self.seconds.update(found["seconds_of"])
        self.failed.update(found["failed"])
        for file, lines in found["lines"].items():
            for line, tests in lines.items():
                self.lines.setdefault(file, {}).setdefault(int(line), set()).update(tests)

    def of(self, file: str, first: int, last: int, *, in_function: bool) -> list[str]:
        """Tests that run a line from ``first`` to ``last``: the mirrored file, then the quickest files.

        Code outside of functions runs when the file is imported, so it has the tests of the whole file.
        """
        lines = self.lines.get(file, {})
        tests: set[str] = set()
        if in_function:
            tests = set().union(*(lines.get(line, set()) for line in range(first, last + 1)))
        if not tests:
            tests = set().union(*lines.values())
        mirrored = mirror(file)
        if not in_function:
            tests |= {test for test in self.seconds if test.startswith(mirrored)}
        return self._in_order(tests - self.failed, mirrored)

    def _in_order(self, tests: set[str], mirrored: str) -> list[str]:
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            by_file[test.partition("::")[0]].append(test)
        for one in by_file.values():
            one.sort(key=lambda test: self.seconds[test])
        files = sorted(
            by_file, key=lambda name: (name != mirrored, sum(self.seconds[test] for test in by_file[name]))
        )
        return [test for name in files for test in by_file[name]]

    def within(self, tests: Sequence[str], budget: float) -> list[str]:
        """The first of the tests that take ``budget`` seconds together, and others that still fit in."""
        kept, spent = [], 0.0
        for test in tests:
            if spent + self.seconds[test] <= budget:
                kept.append(test)
                spent += self.seconds[test]
        return kept or list(tests[:1])


def mirror(file: str) -> str:
    """``tests/measures/test_x.py`` for ``gradviz/measures/x.py``."""
    path = Path(file)
    return str(Path("tests", *path.parts[1:-1], f"test_{path.name}"))

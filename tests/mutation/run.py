"""Draws a sample of mutants from each package, runs the tests of each, and prints how many are killed."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from covering_tests import CoveringTests
from forked_pytest import Chosen, forked, import_what_is_slow, run_tests
from mutants import Mutant, compiles, difference, mutants_of
from table import table

ROOT = Path(__file__).parents[2]
PACKAGES = ("measures", "cells", "recording", "capture")
OTHER_TESTS = ("tests/test_any_selection.py", "tests/test_lazy_recordings.py", "tests/test_arguments.py")
COPIED = ("gradviz", "tests", "experiments", "examples", "setup.cfg", "pyproject.toml", "README.md")


@dataclass(frozen=True)
class Drawn:
    """A mutant of the sample, with its file."""

    file: str
    number: int
    source: str
    code: str
    mutant: Mutant


def draw(package: str, count: int, seed: int, tree: Path) -> list[Drawn]:
    """``count`` mutants of a package, a third of them with an argument of a call left out or None.

    Those are more than half of all, and the easiest to notice.
    """
    rng = random.Random(f"{package} {seed}")
    parsed, strata = {}, {True: [], False: []}
    for path in sorted((tree / "gradviz" / package).rglob("*.py")):
        file, source = str(path.relative_to(tree)), path.read_text(encoding="utf-8")
        parsed[file] = (source, *mutants_of(source))
        for number, mutant in enumerate(parsed[file][2]):
            strata[mutant.operator == "arg_removal"].append((file, number))
    print(f"{package}: {sum(map(len, strata.values()))} mutants in {len(parsed)} files", flush=True)
    drawn: list[Drawn] = []
    for is_call, wanted in ((False, count - count // 3), (True, count // 3)):
        rng.shuffle(strata[is_call])
        drawn += islice(filter(None, (_changed(parsed, *one) for one in strata[is_call])), wanted)
    return drawn


def _changed(parsed: dict[str, Any], file: str, number: int) -> Drawn | None:
    source, module, mutants = parsed[file]
    code = mutants[number].code(module)
    if code == source or not compiles(code):
        return None
    return Drawn(file, number, source, code, mutants[number])


def copy_of_the_tree(out: Path) -> Path:
    tree = out / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    return tree


def outcome(drawn: Drawn, covering: CoveringTests, *, tree: Path, out: Path, budget: float) -> dict[str, Any]:
    """Killed by which test, survived, out of time, or run by no test."""
    covered = covering.of(drawn.file, *drawn.mutant.lines, in_function=drawn.mutant.in_function)
    tests = covering.within(covered, budget)
    result = {
        "file": drawn.file,
        "number": drawn.number,
        "line": drawn.mutant.lines[0],
        "operator": drawn.mutant.operator,
        "change": difference(drawn.source, drawn.code),
        "covering": len(covered),
        "run": len(tests),
    }
    if not tests:
        return {**result, "outcome": "survived", "by": None, "seconds": 0.0}
    chosen = Chosen(tests)
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))

    def body() -> dict[str, Any]:
        code = run_tests(files, [chosen], out, "-x", "--tb=line")
        return {"code": code, "failed": chosen.failed}

    path = tree / drawn.file
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
    path.write_text(drawn.code, encoding="utf-8")
    try:
        limit = 15 + 6 * sum(covering.seconds[test] for test in tests)
        found = forked(body, tree=tree, scratch=out, limit=limit)
    finally:
        path.write_text(drawn.source, encoding="utf-8")
    if found.get("ended") == "time":
        return {**result, "outcome": "timed out", "by": None, "seconds": found["seconds"]}
    survived = found.get("code") in {0, 5}
    by = None if survived else (found.get("failed") or [found.get("ended") or f"exit {found['code']}"])[0]
    return {**result, "outcome": "survived" if survived else "killed", "by": by, "seconds": found["seconds"]}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES, help=f"of {', '.join(PACKAGES)}")
    parser.add_argument("--seed", type=int, default=0, help="which sample")
    parser.add_argument("--sample", type=int, default=100, help="mutants of each package")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of tests for a mutant")
    parser.add_argument("--quick", action="store_true", help="only the tests of the packages that are named")
    parser.add_argument("--again", action="store_true", help="only those that survived last time")
    parser.add_argument("--out", type=Path, default=Path("/tmp/gradviz-mutation"), help="where results go")
    return parser.parse_args()


def main() -> None:
    asked = options()
    asked.out.mkdir(parents=True, exist_ok=True)
    tree = copy_of_the_tree(asked.out)
    import_what_is_slow()
    covering = CoveringTests()
    watched = [f"gradviz/{package}" for package in PACKAGES]
    for tests in [*(f"tests/{package}" for package in PACKAGES), *OTHER_TESTS]:
        if not asked.quick or tests.removeprefix("tests/") in asked.packages:
            covering.add_folder(tests, tree=tree, packages=watched, out=asked.out)
    if covering.failed:
        print(f"{len(covering.failed)} tests fail without a mutant and are left out", file=sys.stderr)
    samples = {package: run_sample(package, covering, tree, asked) for package in asked.packages}
    sys.path[:0] = [str(ROOT)]
    print(table(samples))


def run_sample(
    package: str, covering: CoveringTests, tree: Path, asked: argparse.Namespace
) -> list[dict[str, Any]]:
    """The outcome of each mutant of a sample, those of former runs from their file."""
    kept = asked.out / f"outcomes-{package}-{asked.seed}.jsonl"
    former = {}
    for line in kept.read_text().splitlines() if kept.exists() else ():
        one = json.loads(line)
        former[one["file"], one["line"], one["change"]] = one
    found = []
    for place, drawn in enumerate(draw(package, asked.sample, asked.seed, tree)):
        change = difference(drawn.source, drawn.code)
        known = former.get((drawn.file, drawn.mutant.lines[0], change))
        if known is None or (asked.again and known["outcome"] == "survived"):
            known = outcome(drawn, covering, tree=tree, out=asked.out, budget=asked.budget)
            with kept.open("a") as stream:
                stream.write(json.dumps(known) + "\n")
            where = f"{known['file']}:{known['line']}"
            print(place, known["outcome"], f"{known['seconds']:.1f} s", where, flush=True)
            if known["outcome"] == "survived":
                print(known["change"], flush=True)
        found.append(known)
    return found


if __name__ == "__main__":
    main()

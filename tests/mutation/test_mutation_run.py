"""What a mutation run chooses and counts; mutants themselves where mutmut is installed."""

import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _scripts(monkeypatch):
    names = {path.stem for path in Path(__file__).parent.glob("*.py")}
    monkeypatch.syspath_prepend(Path(__file__).parent)
    yield
    for name in names & set(sys.modules):
        monkeypatch.delitem(sys.modules, name)


def test_tests_of_a_line_begin_with_the_mirrored_file():
    from covering_tests import CoveringTests

    own, quick, slow = "tests/a/test_x.py::own", "tests/a/test_quick.py::one", "tests/b/test_slow.py::one"
    found = CoveringTests(
        seconds={own: 2.0, quick: 0.5, slow: 9.0, "tests/a/test_x.py::fails": 0.1},
        failed={"tests/a/test_x.py::fails"},
        lines={"gradviz/a/x.py": {3: {own, slow, "tests/a/test_x.py::fails"}, 4: {quick}}},
    )
    assert found.of("gradviz/a/x.py", 3, 4, in_function=True) == [own, quick, slow]
    assert found.of("gradviz/a/x.py", 4, 4, in_function=True) == [quick]
    assert found.of("gradviz/a/x.py", 9, 9, in_function=True) == [own, quick, slow]  # run by none of them
    assert found.within([own, slow, quick], 3.0) == [own, quick]
    assert found.within([slow], 3.0) == [slow]
    assert found.of("gradviz/a/y.py", 1, 1, in_function=True) == []


def test_a_mutant_that_takes_too_long_is_noticed():
    from table import table

    outcomes = ["killed"] * 7 + ["timed out"] + ["survived"] * 2
    last = table({"cells": [{"outcome": each} for each in outcomes]}).splitlines()[-1]
    assert last == "| all | 10 | 7 | 1 | 2 | 80 % | 49 to 94 % |"


def test_text_for_people_is_not_mutated():
    pytest.importorskip("mutmut")
    from mutants import compiles, difference, mutants_of

    source = 'def f(x: int = 1):\n    if x < 2:\n        raise ValueError(f"{x + 1}")\n    return g(x)\n'
    module, found = mutants_of(source)
    changed = [mutant.code(module) for mutant in found]
    assert all(compiles(code) and code != source for code in changed)
    told = {difference(source, code).splitlines()[-1].strip("+ ") for code in changed}
    assert "if x <= 2:" in told
    assert "if x < 3:" in told
    assert not any("raise" in line for line in told)
    assert [mutant.lines[0] for mutant in found] == sorted(mutant.lines[0] for mutant in found)

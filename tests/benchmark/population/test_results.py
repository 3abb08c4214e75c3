"""Results are kept line by line, and a run that was killed goes on where it was."""

import pytest

from gradviz.benchmark.population import run
from gradviz.benchmark.population.results import append_line, read_lines


def line(number, held_out=False):
    return {"number": number, "held_out": held_out, "group": "healthy"}


def test_what_is_added_is_read(tmp_path):
    path = tmp_path / "r.jsonl"
    assert list(read_lines(path)) == []
    append_line(path, line(3))
    append_line(path, line(1))
    append_line(path, line(3, held_out=True))
    append_line(path, line(1) | {"group": "other"})
    assert list(read_lines(path)) == [line(3), line(1), line(3, held_out=True)]


def test_an_unfinished_line_is_passed_over_and_ended(tmp_path):
    path = tmp_path / "r.jsonl"
    append_line(path, line(0))
    with path.open("a") as file:
        file.write('{"number": 1, "held')
    assert list(read_lines(path)) == [line(0)]
    append_line(path, line(2))
    assert list(read_lines(path)) == [line(0), line(2)]


def test_only_what_is_missing_is_run(tmp_path, monkeypatch):
    ran = []

    def member(number, *, held_out, tries):
        if number == 3 and len(ran) < 4:
            raise KeyboardInterrupt
        ran.append(number)
        return line(number, held_out)

    monkeypatch.setattr(run, "run_member", member)
    path = tmp_path / "new" / "r.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run.run_population(path, range(5))
    assert ran == [0, 1, 2]
    seen = []
    ran.append("again")
    found = run.run_population(path, range(1, 5), on_member=seen.append)
    assert ran == [0, 1, 2, "again", 3, 4]
    assert [one["number"] for one in seen] == [3, 4]
    assert [one["number"] for one in found] == [1, 2, 3, 4]
    run.run_population(path, [1], held_out=True)
    assert ran[-1] == 1

"""Results are kept line by line, and a run that was killed goes on where it was."""

import pytest

from gradviz.benchmark.population import run
from gradviz.benchmark.population.results import BadResults, append_line, read_lines


def line(number, held_out=False):
    return {"number": number, "held_out": held_out, "group": "healthy", "half": "test", "fault": None}


def test_what_is_added_is_read(tmp_path):
    path = tmp_path / "r.jsonl"
    assert list(read_lines(path)) == []
    append_line(path, line(3))
    append_line(path, line(1))
    append_line(path, line(3, held_out=True))
    assert list(read_lines(path)) == [line(3), line(1), line(3, held_out=True)]
    append_line(path, line(1) | {"group": "other"})
    assert list(read_lines(path))[1]["group"] == "other"
    assert len(list(read_lines(path))) == 3


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


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1}',
        b"[1, 2]",
        b"3",
        b"null",
        b"\xff\xfe\x00",
        b"number,group",
        b'{"number": 0, "held_out": false}',
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text):
    path = tmp_path / "r.jsonl"
    append_line(path, line(0))
    path.write_bytes(path.read_bytes() + text + b"\n")
    before = path.read_bytes()
    with pytest.raises(
        BadResults, match=r"r\.jsonl, line 2 is not the result of a member: .*give another file"
    ):
        run.run_population(path, range(3))
    assert path.read_bytes() == before


def test_an_ill_member_is_run_again_for_its_remedies(tmp_path, monkeypatch):
    path = tmp_path / "r.jsonl"
    ran = []

    def member(number, *, held_out, tries):
        ran.append(number)
        return (
            line(number) | {"group": "ill" if number < 2 else "healthy"} | ({"repairs": []} if tries else {})
        )

    monkeypatch.setattr(run, "run_member", member)
    append_line(path, line(3) | {"group": "ill", "error": "nothing was recorded"})
    run.run_population(path, range(4), tries=False)
    assert ran == [0, 1, 2]
    found = run.run_population(path, range(4))
    assert ran == [0, 1, 2, 0, 1]
    assert [one.get("repairs") for one in found] == [None, [], [], None]
    run.run_population(path, range(4), tries=False)
    run.run_population(path, range(4))
    assert ran == [0, 1, 2, 0, 1]

"""The command that tries gradviz."""

import json

import pytest
from click.testing import CliRunner
from faults import command as command_module
from faults.command import command
from faults.tally import EQUAL, REFUSED, Tally, cells, total


@pytest.fixture
def called(monkeypatch, tmp_path):
    """Calls the command; what the soak finds is given."""
    monkeypatch.setattr(command_module, "_made", lambda: {"date": "2020-01-02"})

    def call(outcome, *arguments):
        tally = Tally()
        tally.count("soak", "memory", outcome, "memory")
        monkeypatch.setattr(
            command_module, "_soak", lambda folder, seconds: {"rows": tally.rows, "given": seconds}
        )
        return CliRunner().invoke(command, ["--only", "soak", *arguments])

    return call


def test_nothing_lost_is_exit_code_0(called, tmp_path):
    path = tmp_path / "results.json"
    path.write_text('{"kills": 1}')
    done = called(EQUAL, "--soak", "1.5min", "--results", str(path))
    assert done.exit_code == 0
    assert done.output.splitlines()[-1].split() == ["all", "1", "1", "0", "1", "0", "0"]
    stored = json.loads(path.read_text())
    assert (stored["kills"], stored["soak"]["given"], stored["soak"]["seed"]) == (1, 90.0, 0)


def test_a_loss_is_exit_code_1_and_named(called):
    done = called("the memory grows")
    assert done.exit_code == 1
    assert "lost: memory: the memory grows" in done.output


@pytest.mark.parametrize("time", ["", "long", "-3s", "3 days"])
def test_a_time_that_is_not_one(called, time):
    done = called(EQUAL, "--soak", time)
    assert done.exit_code == 2
    assert "must be a time such as 90s, 15min or 1h" in done.output


def test_a_tally_adds_up():
    tally = Tally()
    for place in range(9):
        tally.count("a", "x", "other numbers", f"a/x/{place}")
    tally.count("a", "y", REFUSED, "a/y/0")
    first, second = tally.rows
    assert cells(first) == ("a", "x", "9", "0", "0", "0", "0", "9")
    assert first["examples"] == [f"a/x/{place}: other numbers" for place in range(5)]
    assert cells(total([first, second])) == ("all", "", "10", "1", "1", "0", "0", "9")

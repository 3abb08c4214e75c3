"""``gradviz benchmark diagnosis``, with members made by hand."""

from click.testing import CliRunner

from gradviz.benchmark.population import report, run
from gradviz.cli.main import cli


def member(number, *, held_out, tries):
    return {
        "number": number,
        "held_out": held_out,
        "group": "healthy",
        "fault": None,
        "half": "tuning",
        "findings": [],
        "tries": tries,
    }


def test_it_prints_rates_and_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "run_member", member)
    path = tmp_path / "new" / "found.jsonl"
    command = ["benchmark", "diagnosis", "-o", str(path), "--members", "3", "--no-tries"]
    result = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert result.exit_code == 0
    assert "healthy, in trouble                     0 of    3    0.0 %" in result.stdout
    assert path.read_text().count("\n") == 3
    monkeypatch.setattr(run, "run_member", dict)
    assert CliRunner().invoke(cli, command, catch_exceptions=False).stdout == result.stdout


def test_one_member(monkeypatch):
    monkeypatch.setattr(report, "member_text", lambda number, *, held_out: f"{number} {held_out}")
    result = CliRunner().invoke(cli, ["benchmark", "diagnosis", "--only", "37", "--held-out"])
    assert result.stdout == "37 True\n"

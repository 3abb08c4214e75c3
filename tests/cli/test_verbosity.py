"""How much commands say: nothing but results, or what is done; progress bars are for a terminal only."""

import io

import click
import pytest
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.cli.training_bar import training_bar
from gradviz.cli.verbosity import is_quiet, remark, say, say_versions, verbosity_options
from gradviz.training.loop import TrainingStep


@click.command()
@verbosity_options
def talks():
    click.echo(f"result {is_quiet()}")
    remark("remark")
    say("detail")
    say_versions()


@pytest.mark.parametrize(
    ("options", "out", "said"),
    [
        ([], "result False\n", ["remark"]),
        (["-q"], "result True\n", []),
        (["--verbose"], "result False\n", ["remark", "detail", "gradviz 0"]),
    ],
)
def test_what_is_said(options, out, said):
    done = CliRunner().invoke(talks, options)
    assert done.stdout == out
    lines = done.stderr.splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(start) for line, start in zip(lines, said, strict=True))


def test_both_are_refused():
    done = CliRunner().invoke(talks, ["-v", "-q"])
    assert done.exit_code == 2
    assert "give only one of them" in done.stderr


def test_outside_of_a_command_nothing_is_quiet_or_verbose(capsys):
    say("detail")
    remark("remark")
    assert capsys.readouterr().err == "remark\n"
    assert not is_quiet()


@pytest.mark.parametrize(("options", "shown"), [([], True), (["-q"], False)])
def test_a_quiet_command_has_no_bar_on_a_terminal(monkeypatch, options, shown):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    @click.command()
    @verbosity_options
    def trains():
        monkeypatch.setattr("gradviz.progress_bar.DELAY", 0)
        monkeypatch.setattr("sys.stderr", terminal := Terminal())
        with training_bar(3, "adding") as show:
            show(TrainingStep(0, 0.5, {}))
        click.echo("adding" in terminal.getvalue())

    assert CliRunner().invoke(trains, options).stdout == f"{shown}\n"


@pytest.mark.parametrize("name", ["run", "sweep", "figure", "gallery", "lecture", "demo"])
def test_commands_that_have_it(name):
    said = CliRunner().invoke(cli, [name, "--help"]).stdout
    assert "-q, --quiet" in said
    assert "-v, --verbose" in said

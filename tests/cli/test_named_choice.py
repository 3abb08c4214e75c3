"""A misspelt choice gets a suggestion."""

import click
import pytest
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.cli.named_choice import NamedChoice


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("taks", "'taks'; did you mean 'tasks'? (tasks, cells, inits, figures, settings, experiments)"),
        ("xyz", "'xyz'; (tasks, cells, inits, figures, settings, experiments)"),
    ],
)
def test_of_a_command(name, said):
    done = CliRunner().invoke(cli, ["list", name])
    assert done.exit_code == 2
    assert done.stderr.endswith(f"{said}\n")


def test_a_right_name_is_taken():
    @click.command()
    @click.option("--style", type=NamedChoice(["slides", "paper"]), default="paper")
    def draws(style):
        click.echo(style)

    assert CliRunner().invoke(draws).stdout == "paper\n"
    assert CliRunner().invoke(draws, ["--style", "slides"]).stdout == "slides\n"
    assert "did you mean 'slides'?" in CliRunner().invoke(draws, ["--style", "slide"]).stderr

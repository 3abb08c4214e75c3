"""A misspelt choice gets a suggestion."""

import click
import pytest
from click.testing import CliRunner

from gradviz.cli.main import cli
from gradviz.cli.named_choice import NamedChoice

LISTS = "tasks, cells, inits, figures, settings, experiments, reproductions"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("taks", f"'taks'; did you mean 'tasks'? ({LISTS})"),
        ("xyz", f"'xyz'; ({LISTS})"),
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

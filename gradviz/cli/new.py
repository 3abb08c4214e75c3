"""``gradviz new``: the file of a new experiment."""

from __future__ import annotations

import click

from gradviz.cli.completion import complete_cells, complete_tasks


@click.command("new")
@click.argument("task", shell_complete=complete_tasks)
@click.option(
    "--cell",
    default="lstm",
    show_default=True,
    help="Recurrent cell of the model.",
    shell_complete=complete_cells,
)
def command(task: str, cell: str) -> None:
    """Print the file of an experiment on TASK; `gradviz list tasks` shows the names.

    The file runs as it is: `gradviz new adding > my.toml`, then `gradviz run my.toml`. Every key that an
    experiment may have is in it, with its default and what else it can be.
    """
    from gradviz.experiment.config.commented_toml import commented_toml

    click.echo(commented_toml(task, cell), nl=False)

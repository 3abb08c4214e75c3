"""``gradviz benchmark commands``: time whole commands and a sweep."""

from __future__ import annotations

import click

from gradviz.progress_bar import progress_bar


@click.command("commands")
@click.option(
    "--times", type=click.IntRange(1), default=5, show_default=True, help="How often each command is run."
)
def commands(*, times: int) -> None:
    """Time --help, run, diagnose and plot on one second of training, and how well a sweep uses two workers.

    Takes about two minutes on an idle machine.
    """
    from gradviz.benchmark.command_times import commands_text, time_commands

    with progress_bar(unit="command", at_once=True) as bar:
        found, sweep = time_commands(times=times, on_end=lambda _: bar.update())
    click.echo(commands_text(found, sweep))

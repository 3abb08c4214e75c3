"""``gradviz benchmark commands``: time whole commands and a sweep."""

from __future__ import annotations

import click


@click.command("commands")
@click.option(
    "--times", type=click.IntRange(1), default=5, show_default=True, help="How often each command is run."
)
def commands(*, times: int) -> None:
    """Time --help, run, diagnose and plot on one second of training, and how well a sweep uses two workers.

    Takes about two minutes on an idle machine.
    """
    from tqdm import tqdm

    from gradviz.benchmark.command_times import commands_text, time_commands

    with tqdm(unit="command", disable=None) as bar:
        found, sweep = time_commands(times=times, on_end=lambda _: bar.update())
    click.echo(commands_text(found, sweep))

"""Rows of the table of limits about whole commands and sweeps."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.benchmark.command_times import CommandTime, SweepTime
from gradviz.benchmark.row import Row, row_of

COMMANDS = "Commands"


def rows_of_commands(commands: Sequence[CommandTime], sweep: SweepTime) -> list[Row]:
    """A row for each command, and one for the sweep.

    Parameters
    ----------
    commands : sequence of CommandTime
    sweep : SweepTime

    Returns
    -------
    list of Row
    """
    rows = [
        row_of(COMMANDS, f"gradviz {one.command}", one.seconds, unit="s", limit=one.limit) for one in commands
    ]
    beside = (
        f"{sweep.points} more points of {sweep.training / sweep.points:.2f} s take {sweep.wall:.2f} s more "
        f"on {sweep.workers} workers"
    )
    part = sweep.efficiency
    what = "gradviz sweep of one-second points: training in the workers' time"
    return [*rows, Row(COMMANDS, what, part, part, part, "", 1, sweep.limit, at_least=True, beside=beside)]

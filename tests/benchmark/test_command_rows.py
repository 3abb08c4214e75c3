"""Rows of commands and of a sweep."""

from gradviz.benchmark.command_rows import rows_of_commands
from gradviz.benchmark.command_times import CommandTime, SweepTime


def test_commands_have_their_limits_and_a_sweep_the_least_efficiency():
    commands = [CommandTime("--help", (0.2, 0.3, 0.1), 0.1), CommandTime("run", (2.5, 2.4, 2.6), 3.0)]
    rows = rows_of_commands(commands, SweepTime(8, 2, training=8.0, wall=5.0))
    assert [(row.what, row.median, row.verdict) for row in rows[:2]] == [
        ("gradviz --help", 0.2, "over by 0.1"),
        ("gradviz run", 2.5, "within"),
    ]
    assert (rows[2].median, rows[2].verdict) == (0.8, "under by 0.05")
    assert rows[2].beside == "8 more points of 1.00 s take 5.00 s more on 2 workers"
    assert rows_of_commands([], SweepTime(8, 2, training=8.0, wall=4.0))[0].verdict == "within"

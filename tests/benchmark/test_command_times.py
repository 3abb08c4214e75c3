"""The time of commands: what is run in which order, and what is made of it."""

import csv
import json
from pathlib import Path

import pytest

from gradviz.benchmark.command_times import (
    CommandFailed,
    CommandTime,
    SweepTime,
    commands_text,
    run_gradviz,
    time_commands,
)
from gradviz.experiment.config.experiment_file import read_experiment, read_file
from gradviz.experiment.sweep.grid import points


class Pretended:
    """Writes what the commands write; a second has 20 steps, and on one thread 10."""

    def __init__(self):
        self.calls = []

    def __call__(self, arguments):
        self.calls.append([Path(word).name for word in arguments])
        place = Path(arguments[1]).parent if arguments[0] in {"run", "sweep"} else None
        if arguments[0] == "run":
            steps = read_experiment(place / "timed.toml", ()).training.steps
            (place / "runs/timed-1").mkdir(parents=True)
            (place / "runs/timed-1/result.json").write_text(json.dumps({"seconds": steps / 20}))
            return 2.5
        if arguments[0] == "sweep":
            found = points(read_file(place / "timed.toml", ()))
            steps = found[0].experiment.training.steps
            assert steps == (40 if len(found) == 1 else 10)
            (place / "runs/sweep").mkdir(parents=True)
            (place / "runs/sweep/result.json").write_text(json.dumps({"seconds": steps / 10}))
            with (place / "runs/sweep/sweep.csv").open("w", newline="") as file:
                csv.writer(file).writerows([["seconds"], *([1.0] for _ in found)])
            return 3.0 + 0.625 * len(found)
        return 0.5


def test_start_up_is_not_counted_and_every_run_is_a_new_one():
    run, ended = Pretended(), []
    found, sweep = time_commands(times=2, run=run, on_end=ended.append)
    trained = ["run", "timed.toml", "--runs", "runs"]
    shown = [["diagnose", "timed-1"], ["plot", "timed-1", "gradient_heatmap", "-o", "plot.png"]]
    once = [["--help"], trained, *shown]
    sweeps = [["sweep", *trained[1:], "--workers", "2"]] * 3
    assert run.calls == [trained, *once, *once, *sweeps]
    assert ended == ["--help", "run", "diagnose", "plot"] * 2 + ["sweep"] * 2
    assert [(one.command, one.seconds) for one in found] == [
        ("--help", (0.5, 0.5)),
        ("run", (2.5, 2.5)),
        ("diagnose", (0.5, 0.5)),
        ("plot", (0.5, 0.5)),
    ]
    assert sweep == SweepTime(points=8, workers=2, training=8.0, wall=5.0)
    assert sweep.efficiency == 0.8


def test_the_table_says_what_is_within_its_limit():
    text = commands_text(
        [CommandTime("run", (2.0, 3.0, 9.0), 3.0), CommandTime("plot", (2.0, 2.5), 2.1)],
        SweepTime(points=8, workers=2, training=8.0, wall=5.0),
    )
    assert text.splitlines()[2:] == [
        "  run               3.00    2.00    9.00      3       3.0  within",
        "  plot              2.25    2.00    2.50      2       2.1  over",
        "Sweep on 2 workers: 8 more points of 1.00 s take 5.00 s more, 80% of the ideal; at least 85%: over",
    ]
    assert commands_text([], SweepTime(8, 2, 8.0, 4.5)).endswith("89% of the ideal; at least 85%: within")


def test_a_command_that_fails_is_named():
    with pytest.raises(CommandFailed, match=r"^gradviz lisp tasks ended with 2: .*No such command 'lisp'"):
        run_gradviz(["lisp", "tasks"])
    assert run_gradviz(["--help"]) > 0

"""The time of whole commands, from start to exit, and how well the workers of a sweep are used."""

from __future__ import annotations

import csv
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import tomli_w

from gradviz.errors import GradvizError
from gradviz.runs.run_files import RESULT, TABLE

_FEW, _MANY = 4, 12  # points of the two sweeps; what they differ by has no start-up in it
_WORKERS = 2
_FIRST_STEPS = 40  # of the run that tells how many steps one second has
_EXPERIMENT = {
    "name": "timed",
    "task": {"name": "adding", "length": 100},
    "model": {"cell": "lstm", "hidden_size": 64},
    "training": {"steps": _FIRST_STEPS, "batch_size": 50, "learning_rate": 5e-3, "clip_norm": 1.0},
    "recording": {"every": 20},
}


class CommandFailed(GradvizError, RuntimeError):
    """A command that is timed ended with an error."""

    exit_code = 1


class CommandTime(NamedTuple):
    """The times of one command.

    Attributes
    ----------
    command : str
    seconds : tuple of float
        One for each time that it was run.
    limit : float
        The longest median, in seconds, on two idle cores.
    """

    command: str
    seconds: tuple[float, ...]
    limit: float

    @property
    def median(self) -> float:
        """In seconds."""
        return statistics.median(self.seconds)


class SweepTime(NamedTuple):
    """The time that points add to a sweep.

    Attributes
    ----------
    points, workers : int
        How many points were added, and the processes that shared them.
    training : float
        Seconds of training of the added points, all together.
    wall : float
        Seconds that the longer sweep took longer.
    limit : float
        The least efficiency.
    """

    points: int
    workers: int
    training: float
    wall: float
    limit: float = 0.85

    @property
    def efficiency(self) -> float:
        """The time that the added points would take if workers did nothing but train, over what they took."""
        return self.training / self.workers / self.wall


Run = Callable[[Sequence[str]], float]


def time_commands(
    *, times: int = 5, run: Run | None = None, on_end: Callable[[str], None] = lambda _: None
) -> tuple[list[CommandTime], SweepTime]:
    """Run commands on one second of training, and two sweeps of such points, in a temporary folder.

    Parameters
    ----------
    times : int
        How often each command is run.
    run : callable, optional
        Runs ``gradviz`` with arguments and returns the seconds it took; by default in a new process.
    on_end : callable
        Called with a command's name after each time.

    Returns
    -------
    list of CommandTime, SweepTime

    Raises
    ------
    CommandFailed
        If a command ends with an error.
    """
    call = run or run_gradviz
    with TemporaryDirectory(prefix="gradviz-") as name:
        place = Path(name)
        _write(place, _steps_in_a_second("run", place, call), points=1)
        found = [CommandTime(what, (), limit) for what, limit in _COMMANDS]
        for _ in range(times):  # in turns, so that a busy moment does not meet one command alone
            for number, one in enumerate(found):
                if one.command == "run":
                    shutil.rmtree(place / "runs")
                took = call(_arguments(one.command, place))
                found[number] = one._replace(seconds=(*one.seconds, took))
                on_end(one.command)
        return found, _sweeps(place, call, on_end)


def run_gradviz(arguments: Sequence[str]) -> float:
    """Run ``gradviz`` in a new process and return its seconds.

    Parameters
    ----------
    arguments : sequence of str

    Raises
    ------
    CommandFailed
        If it ends with an error. A diagnosis that finds trouble is none.
    """
    code = "from gradviz.cli.main import main; main()"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - began
    if done.returncode not in ((0, 1) if arguments[0] == "diagnose" else (0,)):
        last = done.stderr.strip().rpartition("\n")[2]
        raise CommandFailed(f"gradviz {' '.join(arguments)} ended with {done.returncode}: {last}")
    return took


def commands_text(commands: Sequence[CommandTime], sweep: SweepTime) -> str:
    """The times as a table.

    Parameters
    ----------
    commands : sequence of CommandTime
    sweep : SweepTime

    Returns
    -------
    str
    """
    lines = [
        "Commands on one second of training, from start to exit; limits are for two idle cores.",
        f"  {'command':12}{'median, s':>10}{'least':>8}{'most':>8}{'times':>7}{'limit, s':>10}",
    ]
    for one in commands:
        lines.append(
            f"  {one.command:12}{one.median:10.2f}{min(one.seconds):8.2f}{max(one.seconds):8.2f}"
            f"{len(one.seconds):7}{one.limit:10.1f}  {_verdict(one.median <= one.limit)}"
        )
    each = sweep.training / sweep.points
    lines.append(
        f"Sweep on {sweep.workers} workers: {sweep.points} more points of {each:.2f} s "
        f"take {sweep.wall:.2f} s more, {sweep.efficiency:.0%} of the ideal; at least {sweep.limit:.0%}: "
        f"{_verdict(sweep.efficiency >= sweep.limit)}"
    )
    return "\n".join(lines)


_COMMANDS = (("--help", 0.1), ("run", 3.0), ("diagnose", 1.2), ("plot", 2.1))


def _arguments(command: str, place: Path) -> list[str]:
    runs = place / "runs"
    if command == "--help":
        return [command]
    if command in {"run", "sweep"}:
        workers = ["--workers", str(_WORKERS)] if command == "sweep" else []
        return [command, str(place / "timed.toml"), "--runs", str(runs), *workers]
    (folder,) = runs.iterdir()
    picture = ["gradient_heatmap", "-o", str(place / "plot.png")]
    return [command, str(folder), *(picture if command == "plot" else [])]


def _steps_in_a_second(command: str, place: Path, call: Run) -> int:
    """Training steps that fit into one second; a point of a sweep has one thread, and so another number."""
    shutil.rmtree(place / "runs", ignore_errors=True)
    _write(place, _FIRST_STEPS, points=1)
    call(_arguments(command, place))
    return max(1, round(_FIRST_STEPS / max(_seconds_of(place), 1e-3)))


def _sweeps(place: Path, call: Run, on_end: Callable[[str], None]) -> SweepTime:
    steps = _steps_in_a_second("sweep", place, call)
    walls, training = [], []
    for points in (_FEW, _MANY):
        shutil.rmtree(place / "runs")
        _write(place, steps, points=points)
        walls.append(call(_arguments("sweep", place)))
        training.append(_training(place))
        on_end("sweep")
    (before, after), (less, more) = training, walls
    return SweepTime(_MANY - _FEW, _WORKERS, after - before, more - less)


def _write(place: Path, steps: int, *, points: int) -> None:
    training = {**_EXPERIMENT["training"], "steps": steps}  # type: ignore[dict-item]
    table = {**_EXPERIMENT, "training": training, "sweep": {"seed": list(range(points))}}
    (place / "timed.toml").write_text(tomli_w.dumps(table))


def _seconds_of(place: Path) -> float:
    (result,) = (place / "runs").glob(f"*/{RESULT}")
    return float(json.loads(result.read_text())["seconds"])


def _training(place: Path) -> float:
    """Seconds of training of all points of the only sweep."""
    (table,) = (place / "runs").glob(f"*/{TABLE}")
    with table.open(newline="") as file:
        return sum(float(row["seconds"]) for row in csv.DictReader(file))


def _verdict(is_met: bool) -> str:
    return "within" if is_met else "over"

"""The commands ``gradviz run``, ``sweep`` and ``gallery``, killed at any moment and begun again."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w
from faults.deaths import Life, live
from faults.samples import of_run

CHECKPOINTS = 0.1  # seconds between them, so that a run of a second has several
FIGURES = ("scalar_gradient", "bifurcation", "cliff")  # of the gallery's, those that take no training
_EXPERIMENT = {
    "name": "killed",
    "task": {"name": "adding", "length": 10},
    "model": {"cell": "gru", "hidden_size": 4, "dropout": 0.0},
    "training": {"steps": 60, "batch_size": 4},
    "recording": {"every": 2, "samples": 2},
}
_GRID = {"model.hidden_size": [3, 4], "seed": [0, 1]}


def command(begin: Callable[[], None], *arguments: str) -> None:
    """A command of gradviz in this process; it ends the process with its exit code."""
    from gradviz.cli.main import main
    from gradviz.experiment.run.run import run
    from gradviz.gallery import figure_table

    run.__kwdefaults__["checkpoint_seconds"] = CHECKPOINTS
    kept = {name: figure_table.FIGURES[name] for name in FIGURES}
    figure_table.FIGURES.clear()
    figure_table.FIGURES.update(kept)
    sys.argv = ["gradviz", *arguments]
    begin()
    main()


class _Command:
    """A command that is struck, and begun again at once."""

    def __init__(self, context: Any, stage: Path) -> None:
        self._context, self._stage = context, stage
        self.whole = stage / f"{type(self).__name__}-undisturbed"
        self.whole.mkdir()
        self._file = stage / f"{type(self).__name__}.toml"
        self._file.write_text(tomli_w.dumps(self.experiment()), encoding="utf-8")
        self.usual = live(context, command, self.begin(self.whole), self.whole)
        if self.usual.exit_code != 0:
            raise RuntimeError(f"the undisturbed {type(self).__name__} ended with {self.usual.exit_code}")

    def experiment(self) -> dict[str, Any]:
        """The tables of the experiment's file."""
        return _EXPERIMENT

    def begin(self, folder: Path) -> tuple[str, ...]:
        """The words of the command."""
        raise NotImplementedError

    def again(self, folder: Path) -> tuple[str, ...]:
        """The words of the command that goes on."""
        return self.begin(folder)

    def strike(self, folder: Path, dies: Any) -> Life:
        """Begin the command in a folder, until death."""
        folder.mkdir()
        return live(self._context, command, self.begin(folder), folder, dies=dies, usual=self.usual)

    def judge(self, folder: Path) -> str:
        """What was lost; empty if nothing."""
        half = self.half_done(folder)
        if half:
            return half
        life = live(self._context, command, self.again(folder), folder)
        if life.exit_code != 0:
            return f"the command could not go on (exit code {life.exit_code})"
        ours, theirs = _files(folder), _files(self.whole)
        if ours != theirs:
            return f"other files are there: {', '.join(sorted(ours ^ theirs))}"
        return self.differs(folder) or _other_pictures(folder, self.whole, theirs)

    def half_done(self, folder: Path) -> str:
        """What must not be there after the death; empty if nothing."""
        return ""

    def differs(self, folder: Path) -> str:
        """What is other than undisturbed, but for pictures; empty if nothing."""
        return ""


class Run(_Command):
    """``gradviz run``, and ``--resume``."""

    name, share = "gradviz run", 20

    def begin(self, folder: Path) -> tuple[str, ...]:
        return ("run", str(self._file), "--runs", str(folder))

    def again(self, folder: Path) -> tuple[str, ...]:
        return (*self.begin(folder), "--resume")

    def differs(self, folder: Path) -> str:
        return _other_runs(folder, self.whole)


class Sweep(_Command):
    """``gradviz sweep`` on two workers, whose own process is killed."""

    name, share = "gradviz sweep", 6

    def experiment(self) -> dict[str, Any]:
        return {**_EXPERIMENT, "sweep": _GRID}

    def begin(self, folder: Path) -> tuple[str, ...]:
        return ("sweep", str(self._file), "--runs", str(folder), "--workers", "2")

    def differs(self, folder: Path) -> str:
        ours, theirs = (_table(next(place.rglob("sweep.csv")), place) for place in (folder, self.whole))
        return _other_runs(folder, self.whole) if ours == theirs else "the table is not the undisturbed one"


class Gallery(_Command):
    """``gradviz gallery`` with the figures that take no training, in two formats and with their numbers."""

    name, share = "gradviz gallery", 14

    def begin(self, folder: Path) -> tuple[str, ...]:
        more = ("--cache", str(folder / "cache"), "--format", "png,svg", "--data")
        return ("gallery", "-o", str(folder / "figures"), *more)

    def half_done(self, folder: Path) -> str:
        return _other_pictures(folder, self.whole, _files(folder) & _files(self.whole))


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {".lock"}
    }


def _other_pictures(folder: Path, whole: Path, names: set[str]) -> str:
    """The first picture, or its table, that is not as it is undisturbed; empty if there is none."""
    for name in sorted(names):
        is_picture = name.endswith((".png", ".svg")) or (
            name.startswith("figures/") and name.endswith(".csv")
        )
        if is_picture and (folder / name).read_bytes() != (whole / name).read_bytes():
            return f"{name} is not what it is undisturbed"
    return ""


def _other_runs(folder: Path, whole: Path) -> str:
    for result in sorted(whole.rglob("result.json")):
        place = result.parent.relative_to(whole)
        if of_run(folder / place) != of_run(whole / place):
            return f"the run in {place} ended with other numbers"
    return ""


def _table(path: Path, folder: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [{**row, "seconds": "", "folder": row["folder"].replace(str(folder), "")} for row in rows]

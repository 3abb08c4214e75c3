"""Finds the runs that a folder, a pattern or a list of paths stands for."""

from __future__ import annotations

import csv
import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gradviz.errors import BadRecording
from gradviz.recording.file_names import PARTS, RECORDING, rank_folders
from gradviz.runs.run_files import CONFIG, FOLDER_COLUMN, RESULT, TABLE

Source = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def find_runs(source: Source) -> dict[str, Path]:
    """The run folders and recordings that a source stands for, by name.

    Parameters
    ----------
    source : path, str, or iterable of either
        A run's folder or a ``.nc`` file; a folder of them; the folder of a sweep, which has a ``sweep.csv``;
        a pattern such as ``runs/adding-*``; or several of these.

    Returns
    -------
    dict of str to Path
        Sorted by path, or in the order of a sweep's table or of a list. A name is the last part of the path,
        without ``.nc``, and as many parts before it as tell it from the others.

    Raises
    ------
    FileNotFoundError
        If a path does not exist.
    BadRecording
        If there is no run.
    TypeError
        If the source is not a path or an iterable of paths.
    """
    if isinstance(source, str | os.PathLike):
        found = list(_runs_at(source))
    elif isinstance(source, Iterable):
        found = [run for one in source for run in _runs_at(one)]
        if not found:
            raise BadRecording("the list of runs is empty; give run folders or .nc files")
    else:
        raise TypeError(f"runs are a folder, a pattern or a list of paths; got {type(source).__name__}")
    distinct: dict[Path, Path] = {}
    for path in found:
        distinct.setdefault(path.resolve(), path)
    paths = list(distinct.values())
    return dict(zip(_names(paths), paths, strict=True))


def is_run(path: Path) -> bool:
    """Whether a path is a file of a recording, or a folder with a run or a recording, of ranks too."""
    if not path.is_dir():
        return path.suffix == ".nc" and path.exists()
    own = any((path / name).exists() for name in (CONFIG, RESULT, RECORDING, PARTS))
    return own or bool(rank_folders(path))


def _runs_at(source: object) -> Iterator[Path]:
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"a run is a path; got {type(source).__name__} in the list")
    path = Path(source)
    if path.exists():
        yield from _runs_of(path)
    elif glob.has_magic(str(path)):
        yield from _matching(str(path))
    else:
        raise FileNotFoundError(f"no runs at {path}: there is no such file or folder")


def _matching(pattern: str) -> list[Path]:
    matches = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]
    runs = [_whole(match) for match in matches if is_run(match)]
    if not runs:
        what = f"none of the {len(matches)} paths that match is one" if matches else "nothing matches"
        raise BadRecording(f"no run at {pattern}: {what}; a run is a folder or a .nc file")
    return runs


def _runs_of(path: Path) -> Sequence[Path]:
    if is_run(path):
        return [_whole(path)]
    if not path.is_dir():
        raise BadRecording(f"{path} is not a run: give a run's folder, a .nc file or a folder of runs")
    if (path / TABLE).exists():
        return _of_sweep(path)
    runs = [inside for inside in sorted(path.iterdir()) if is_run(inside)]
    if not runs:
        deeper = f"; give {path}/*/* for the runs in its folders" if _has_runs_below(path) else ""
        raise BadRecording(f"no run in {path}: none of the folders and .nc files in it is a run{deeper}")
    return runs


def _has_runs_below(folder: Path) -> bool:
    return any(is_run(below) for inside in folder.iterdir() if inside.is_dir() for below in inside.iterdir())


def _whole(path: Path) -> Path:
    """The run's folder, if the path is the recording in it."""
    is_inside = path.name == RECORDING and (path.parent / CONFIG).exists()
    return path.parent if is_inside else path


def _of_sweep(folder: Path) -> list[Path]:
    """The run folders of a sweep's table: beside the sweep's folder, or where the table says."""
    table = folder / TABLE
    try:
        with open(table, newline="", encoding="utf-8") as file:
            named = [Path(row[FOLDER_COLUMN]) for row in csv.DictReader(file)]
    except (KeyError, TypeError, csv.Error, UnicodeDecodeError) as error:
        raise BadRecording(f"{table} is damaged: it has no readable column {FOLDER_COLUMN!r}") from error
    places = [[beside for beside in (folder.parent / run.name, run) if is_run(beside)] for run in named]
    runs = [found[0] for found in places if found]
    if not runs:
        raise BadRecording(f"none of the {len(named)} runs in {table} exists any more")
    return runs


def _without_suffix(path: Path) -> Path:
    return path.with_suffix("") if path.suffix == ".nc" and not path.is_dir() else path


def _names(paths: Sequence[Path]) -> list[str]:
    parts = [_without_suffix(path.resolve()).parts for path in paths]
    longest = max(map(len, parts))
    for count in range(1, longest + 1):
        names = ["/".join(each[-count:]) for each in parts]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]

"""Names of the files of a recording."""

from __future__ import annotations

import re
from pathlib import Path

RECORDING = "recording.nc"
PARTS = "parts"
_RANK = re.compile(r"rank-(0|[1-9][0-9]{0,6})")  # as `rank_folder` writes it: no two names are one rank


def recording_file(path: Path) -> Path:
    """The recording's file: the path itself if it ends in ``.nc``, else ``recording.nc`` in that folder."""
    return path if path.suffix == ".nc" and not path.is_dir() else path / RECORDING


def part_file(folder: Path, number: int) -> Path:
    """The file of a part, by its number."""
    return folder / PARTS / f"part-{number:06d}.nc"


def part_files(folder: Path) -> list[Path]:
    """The files of all finished parts in a folder, in order."""
    return sorted((folder / PARTS).glob("part-*.nc"))


def holds_recording(folder: Path) -> bool:
    """Whether a folder has a complete recording or parts of one."""
    return (folder / RECORDING).exists() or bool(part_files(folder))


def rank_folder(folder: Path, rank: int) -> Path:
    """The folder of one process of a distributed training."""
    return folder / f"rank-{rank}"


def rank_of(folder: Path) -> int:
    """The number of the process to which such a folder belongs."""
    return int(folder.name.removeprefix("rank-"))


def rank_folders(folder: Path) -> list[Path]:
    """The folders of the processes of a distributed training that have a recording, in their order."""
    return [child for child in begun_rank_folders(folder) if holds_recording(child)]


def begun_rank_folders(folder: Path) -> list[Path]:
    """Those that may have nothing on disk yet, too."""
    found = [child for child in folder.glob("rank-*") if _RANK.fullmatch(child.name) and child.is_dir()]
    return sorted(found, key=rank_of)

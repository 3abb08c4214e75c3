"""Names of the files of a recording."""

from __future__ import annotations

from pathlib import Path

RECORDING = "recording.nc"
PARTS = "parts"


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

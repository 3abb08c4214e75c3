"""Where a recording lies in its folder."""

from __future__ import annotations

from pathlib import Path

RECORDING = "recording.nc"
PARTS = "parts"


def recording_file(path: Path) -> Path:
    """The file that a path means: itself if it is called ``*.nc``, else the recording in that folder."""
    return path if path.suffix == ".nc" and not path.is_dir() else path / RECORDING


def part_file(folder: Path, number: int) -> Path:
    """The file of one part."""
    return folder / PARTS / f"part-{number:06d}.nc"


def part_files(folder: Path) -> list[Path]:
    """Every finished part in a folder, in order."""
    return sorted((folder / PARTS).glob("part-*.nc"))


def holds_recording(folder: Path) -> bool:
    """Whether a folder has a finished recording or parts of one."""
    return (folder / RECORDING).exists() or bool(part_files(folder))

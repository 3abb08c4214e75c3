"""Checks that what stands in the place of a run's files are files, before any of them is opened."""

from __future__ import annotations

from pathlib import Path

from gradviz.experiment.run.folder import CHECKPOINT, ENVIRONMENT, LOCK, METRICS
from gradviz.experiment.run.validation_files import BEST, VALIDATION_FILE
from gradviz.recording.file_names import PARTS, RECORDING, part_files
from gradviz.recording.regular_file import NotAFile, check_regular_file
from gradviz.runs.run_files import CONFIG, RESULT

_FILES = (CONFIG, METRICS, CHECKPOINT, ENVIRONMENT, RESULT, RECORDING, VALIDATION_FILE, BEST)


def check_files(folder: Path, *, all_of_them: bool = True) -> None:
    """Raise if a run's file is there and is not a regular file; nothing is opened.

    Parameters
    ----------
    folder : Path
    all_of_them : bool
        Whether to check more than the lock, which is opened even if the run is to be deleted.

    Raises
    ------
    NotAFile
        For the first that is a folder, a named pipe, a device, a socket or a link that leads to nothing; also
        if the parts of the recording are not in a folder.
    """
    check_regular_file(folder / LOCK)
    if not all_of_them:
        return
    for name in _FILES:
        check_regular_file(folder / name)
    parts = folder / PARTS
    if (parts.exists() or parts.is_symlink()) and not parts.is_dir():
        raise NotAFile(f"{parts} is not a folder; expected one with the parts of the recording")
    for part in part_files(folder):
        check_regular_file(part)


def checked_config(folder: Path) -> Path:
    """The configuration of the run in a folder, whose files were checked by `check_files`.

    Raises
    ------
    FileNotFoundError
        If the folder contains no run.
    NotAFile
        As `check_files`.
    """
    config = folder / CONFIG
    if not config.exists():
        raise FileNotFoundError(f"there is no run in {folder}: it has no {CONFIG}")
    check_files(folder)
    return config

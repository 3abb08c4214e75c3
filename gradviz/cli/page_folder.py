"""Makes sure, before the work on a page begins, that there is a folder to put it in."""

from __future__ import annotations

from pathlib import Path


def check_folder_of(page: Path) -> None:
    """Raise unless a page can be put where it shall stand.

    Parameters
    ----------
    page : Path

    Raises
    ------
    FileNotFoundError
        If its folder does not exist.
    NotADirectoryError
        If a file stands where its folder should be.
    """
    folder = page.parent
    if folder.is_dir():
        return
    file = next((place for place in (folder, *folder.parents) if place.is_file()), None)
    if file is not None:
        raise NotADirectoryError(f"{file} is a file, not a folder: {page} cannot be put there")
    raise FileNotFoundError(f"there is no folder {folder} for {page.name}; make it first")

"""Checks that a path is a regular file before it is opened: reading a pipe or a device may never end."""

from __future__ import annotations

import stat
from pathlib import Path

from gradviz.errors import GradvizError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class NotAFile(GradvizError, OSError):
    """A path that should be a regular file is something else."""


def check_regular_file(path: Path) -> None:
    """Raise if a path exists and is not a regular file or a link to one; it is not opened.

    Parameters
    ----------
    path : Path

    Raises
    ------
    NotAFile
        If it is a folder, a named pipe, a device or a socket, or a link that leads to nothing or to itself.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except OSError:
        if path.is_symlink():
            raise NotAFile(f"{path} is a link that leads to nothing; expected a file") from None
        return
    if kind != stat.S_IFREG:
        raise NotAFile(f"{path} is {_KINDS.get(kind, 'not a regular file')}; expected a file")

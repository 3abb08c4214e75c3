"""The source of one's own code: its files, their hash, and the copy in the folder of a run."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gradviz.experiment.own_code.reference import BadSource
from gradviz.recording.atomic import write_atomically

SOURCES = "sources"  # a folder in that of a run
_KEPT = re.compile(rf"{SOURCES}/([0-9a-f]{{12}})/(.+\.py)")


@dataclass(frozen=True)
class Source:
    """A Python file with those that it imports from its folder.

    Attributes
    ----------
    main : str
        Path of the file, relative to its root, with ``/``.
    files : dict of str to bytes
        Content of every file by such a path.
    root : str
        The folder that they were read from; empty if they are from none.
    """

    main: str
    files: dict[str, bytes]
    root: str = ""

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that depend on the content and the relative path of every file."""
        hashes = {path: hashlib.sha256(content).hexdigest() for path, content in self.files.items()}
        text = json.dumps([self.main, hashes], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def reference(self, name: str) -> str:
        """How the configuration of a run names something in this source: by its copy there."""
        return f"{SOURCES}/{self.digest}/{self.main}:{name}"

    def path(self, file: str) -> str:
        """Where a file is, for messages and for its ``__file__``."""
        return str(Path(self.root) / file) if self.root else f"<{file}>"


_KNOWN: dict[str, Source] = {}  # by digest, so that whatever has the same digest is the same


def remember(source: Source) -> Source:
    """Let `kept_source` find a source in this process; returns the first one of the same content."""
    return _KNOWN.setdefault(source.digest, source)


def is_kept(where: str) -> bool:
    """Whether a path is that of a copy in the folder of a run."""
    return _KEPT.fullmatch(where) is not None


def kept_source(where: str, folder: Path) -> Source:
    """The source that a run's configuration names.

    Parameters
    ----------
    where : str
        For which `is_kept` is true.
    folder : Path
        Of the run; not read if this process knows the source.

    Returns
    -------
    Source

    Raises
    ------
    BadSource
        If the copy is missing, or is not what it was.
    """
    match = _KEPT.fullmatch(where)
    if match is None:
        raise BadSource(f"{where!r} is not a copy in a run's folder")
    digest, main = match.groups()
    if digest in _KNOWN:
        return _KNOWN[digest]
    root = folder / SOURCES / digest
    if not (root / main).is_file():
        raise BadSource(f"there is no {root / main}, the copy of the source that this run was made with")
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.py")}
    source = Source(main, files, str(root))
    if source.digest != digest:
        raise BadSource(f"{root} was changed; it must be the source that this run was made with")
    return remember(source)


def keep(source: Source, folder: Path) -> None:
    """Copy a source into the folder of a run, unless it is there.

    Raises
    ------
    BadSource
        If something else is there.
    OSError
        If it cannot be written.
    """
    root = folder / SOURCES / source.digest
    for path, content in source.files.items():
        copy = root / path
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(copy, content)
        elif copy.read_bytes() != content:
            raise BadSource(f"{copy} was changed; it must be the source that this run was made with")

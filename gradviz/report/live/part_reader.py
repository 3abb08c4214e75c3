"""Reads a recording while it is written: every file once, without a lock, and without touching anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.file_names import RECORDING, part_files, rank_folders, rank_of
from gradviz.recording.load import read_file
from gradviz.recording.merge import merge
from gradviz.recording.ranks import join_ranks
from gradviz.recording.stored_tree import AT_ONCE

Identity = tuple[int, int, int]

_MOST_TRIES = 5


class _Read(NamedTuple):
    """What came of reading a file: its tree, or None after so many tries."""

    identity: Identity
    tree: xr.DataTree | None
    tries: int


def recording_files(run: Path) -> list[list[Path]]:
    """The files of a recording, finished or not.

    Parameters
    ----------
    run : Path
        As `gradviz.load` takes it. It need not exist.

    Returns
    -------
    list of list of Path
        One list for the recording, or for every process of a distributed training; empty if there is none.

    Raises
    ------
    OSError
        If a folder goes while it is listed.
    """
    if run.is_file():
        return [[run]]
    own = _files_in(run)
    return [own] if own else [files for rank in rank_folders(run) if (files := _files_in(rank))]


def _files_in(folder: Path) -> list[Path]:
    for _ in range(2):  # between two looks a writer that closes may have moved the parts into the whole
        if (folder / RECORDING).exists():
            return [folder / RECORDING]
        if parts := part_files(folder):
            return parts
    return []


class PartReader:
    """Keeps the trees of the files that were read, so that of a recording that grows only new ones are.

    Of a recording beyond 8 MiB only labels and curves are in memory.
    """

    def __init__(self) -> None:
        self._read: dict[Path, _Read] = {}

    @property
    def left_out(self) -> list[Path]:
        """Files that could not be read."""
        return [file for file, found in self._read.items() if found.tree is None]

    @property
    def tries_again(self) -> bool:
        """Whether one of them may become readable."""
        return any(found.tree is None and found.tries < _MOST_TRIES for found in self._read.values())

    def tree(self, groups: Sequence[Sequence[Path]], identities: Mapping[Path, Identity]) -> xr.DataTree:
        """The recording in some files.

        Parameters
        ----------
        groups : sequence of sequence of Path
            As `recording_files` returns them.
        identities : mapping of Path to tuple
            As `stored_array.identity` returns them, of each of these files.

        Returns
        -------
        DataTree
            Without the files in `left_out`.

        Raises
        ------
        FileNotFoundError
            If a file has gone.
        BadRecording
            If none can be read, or they do not fit together.
        """
        self._read = {file: found for file, found in self._read.items() if file in identities}
        at_once = AT_ONCE if sum(size for _, size, _ in identities.values()) <= AT_ONCE else 0
        for file, identity in identities.items():
            before = self._read.get(file)
            if before is None or before.identity != identity:
                self._read[file] = _try_to_read(file, identity, 0, at_once)
            elif before.tree is None and before.tries < _MOST_TRIES:
                self._read[file] = _try_to_read(file, identity, before.tries, at_once)
        trees = [[tree for file in files if (tree := self._read[file].tree) is not None] for files in groups]
        recordings = {files[0]: merge(found) for files, found in zip(groups, trees, strict=True) if found}
        if not recordings:
            raise BadRecording(f"none of the {len(identities)} files can be read")
        if len(groups) > 1:
            return join_ranks({rank_of(_folder_of(file)): tree for file, tree in recordings.items()})
        return next(iter(recordings.values()))

    def forget(self) -> None:
        """Let all trees go."""
        self._read = {}


def _folder_of(file: Path) -> Path:
    return file.parent if file.name == RECORDING else file.parent.parent


def _try_to_read(file: Path, identity: Identity, tries: int, at_once: int) -> _Read:
    try:
        return _Read(identity, read_file(file, at_once=at_once), tries)
    except (BadRecording, PermissionError):
        return _Read(identity, None, tries + 1)

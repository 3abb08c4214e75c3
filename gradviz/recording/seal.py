"""The seal of a recording's file: a digest of all its bytes, in the user block in front of HDF5's own."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NamedTuple

USER_BLOCK = 512  # bytes, the smallest that HDF5 allows; HDF5 looks for its signature behind it
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"

_FIRST_LINE = "gradviz recording"
_BLOCK = 4 << 20  # bytes that one thread digests at a time
_THREADS = 2


class Seal(NamedTuple):
    """What the user block says.

    Attributes
    ----------
    steps : str
        First and last training step of the file, such as ``"0-127"``; empty if it has none.
    size : int
        Bytes behind the user block.
    digest : str
        SHA-256, in hexadecimal digits, of ``steps``, ``size`` and the SHA-256 of each block of 4 MiB behind
        the user block.
    """

    steps: str
    size: int
    digest: str


class BrokenSeal(ValueError):
    """The bytes of a file are not those that were written."""

    def __init__(self, reason: str, steps: str = ""):
        super().__init__(reason)
        self.steps = steps


def write_seal(file: BinaryIO, *, steps: str = "") -> None:
    """Write the user block of a file that is complete behind it.

    Parameters
    ----------
    file : binary file
        Open for reading and writing, with `USER_BLOCK` bytes left free in front.
    steps : str
        As in `Seal`.
    """
    size = file.seek(0, os.SEEK_END) - USER_BLOCK
    text = f"{_FIRST_LINE}\nsteps {steps}\nbytes {size}\nsha256 {_digest(file, steps, size)}\n"
    file.seek(0)
    file.write(text.encode("ascii").ljust(USER_BLOCK, b"\0"))


def check_seal(path: Path) -> Seal | None:
    """Read a file once from end to end and compare it with its seal.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Seal or None
        None for an HDF5 file without a seal: one of format 1, or written by another program.

    Raises
    ------
    BrokenSeal
        If the bytes are not those that were sealed, or the file is not HDF5 at all.
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        block = file.read(USER_BLOCK)
        if block.startswith(HDF5_SIGNATURE):
            return None
        seal = _read(block)
        size = file.seek(0, os.SEEK_END) - USER_BLOCK
        if size != seal.size:
            raise BrokenSeal(f"it has {size} bytes of {seal.size}", seal.steps)
        if _digest(file, seal.steps, size) != seal.digest:
            raise BrokenSeal("its bytes are not those that were written", seal.steps)
    return seal


def _read(block: bytes) -> Seal:
    lines = re.fullmatch(
        rf"{_FIRST_LINE}\nsteps (\d+-\d+|)\nbytes (\d+)\nsha256 ([0-9a-f]{{64}})\n\0*".encode(), block
    )
    if lines is None or len(block) < USER_BLOCK:
        if not block.startswith(_FIRST_LINE[:7].encode()):
            raise BrokenSeal("it does not begin as one")
        raise BrokenSeal("its first bytes are not those that were written")
    steps, size, digest = (part.decode("ascii") for part in lines.groups())
    return Seal(steps, int(size), digest)


def _digest(file: BinaryIO, steps: str, size: int) -> str:
    whole = hashlib.sha256(f"{steps} {size}".encode("ascii"))
    file.seek(USER_BLOCK)
    if size <= _BLOCK:
        whole.update(_of_block(file.read()))
        return whole.hexdigest()
    with ThreadPoolExecutor(_THREADS) as pool:
        for digest in _in_turn(pool, file):
            whole.update(digest)
    return whole.hexdigest()


def _in_turn(pool: ThreadPoolExecutor, file: BinaryIO) -> Iterator[bytes]:
    """The digests of the blocks in their order, with no more blocks in memory than threads."""
    waiting = []
    while block := file.read(_BLOCK):
        waiting.append(pool.submit(_of_block, block))
        if len(waiting) == _THREADS:
            yield waiting.pop(0).result()
    for last in waiting:
        yield last.result()


def _of_block(block: bytes) -> bytes:
    return hashlib.sha256(block).digest()

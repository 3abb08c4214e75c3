"""Ways to damage a file. Each takes its bytes or its path, a random generator, and a number to vary it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from gradviz.recording.seal import write_seal

Bytes = Callable[[bytearray, random.Random, int], bytes | bytearray]
_OF_HDF5 = frozenset({"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"})  # references by address
_VALUES = (
    "many", "", "a\x1b[31m\n\tb", -3, 2**62, 2.5, float("nan"), -1e308,
    np.array([1, 2, 3]), np.array([], dtype=float), np.array(["a", "b"], dtype=h5py.string_dtype()),
)  # fmt: skip


class Change(NamedTuple):
    """An attribute that now says something else: the group or variable, and its name."""

    place: str
    name: str


def cut(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    """The first per cents of it: as many as the number says, from 0 to 99."""
    return whole[: len(whole) * (number % 100) // 100]


def one_bit(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    whole[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
    return whole


def two_bits(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    for bit in rng.sample(range(8 * len(whole)), 2):
        whole[bit // 8] ^= 1 << bit % 8
    return whole


def zeroed(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    start, size = _piece(whole, rng)
    whole[start : start + size] = bytes(size)
    return whole


def overwritten(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    start, size = _piece(whole, rng)
    whole[start : start + size] = rng.randbytes(size)
    return whole


def inserted(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    place = rng.randrange(len(whole) + 1)
    whole[place:place] = rng.randbytes(rng.randint(1, 64))
    return whole


def removed(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    start, size = _piece(whole, rng)
    del whole[start : start + size]
    return whole


def exchanged(whole: bytearray, rng: random.Random, number: int) -> bytes | bytearray:
    """Two pieces of one size in each other's place, as a disk does that mixes up its blocks."""
    size = rng.randint(1, min(512, len(whole) // 2))
    first = rng.randrange(len(whole) - 2 * size + 1)
    second = rng.randrange(first + size, len(whole) - size + 1)
    one, other = whole[first : first + size], whole[second : second + size]
    whole[first : first + size], whole[second : second + size] = other, one
    return whole


def _piece(whole: bytearray, rng: random.Random) -> tuple[int, int]:
    size = min(len(whole), 2 ** rng.randint(0, 12))
    return rng.randrange(len(whole) - size + 1), size


OF_BYTES: dict[str, Bytes] = {
    "cut at a per cent": cut,
    "one bit": one_bit,
    "two bits": two_bits,
    "a piece zeroed": zeroed,
    "a piece overwritten": overwritten,
    "bytes inserted": inserted,
    "bytes removed": removed,
    "two pieces exchanged": exchanged,
}


def attribute(path: Path, rng: random.Random) -> Change:
    """Give one attribute another value, or take it away; the seal stays as it is."""
    with h5py.File(path, "r+") as file:
        places: list[Change] = []
        for place in ("/", *_names(file)):
            places += [Change(place, name) for name in sorted(file[place].attrs) if name not in _OF_HDF5]
        change = rng.choice(places)
        attributes = file[change.place].attrs
        value = rng.choice((None, *_VALUES))
        del attributes[change.name]
        if value is not None:
            attributes[change.name] = value
    return change


def attribute_sealed(path: Path, rng: random.Random) -> Change:
    """The same, with a new seal, so that only what the attribute says can be wrong."""
    change = attribute(path, rng)
    seal_again(path)
    return change


def variables_swapped(path: Path, rng: random.Random) -> None:
    """The values of two variables in each other's place; the seal stays as it is."""
    with h5py.File(path, "r+") as file:
        found = [file[name] for name in _names(file) if isinstance(file[name], h5py.Dataset)]
        pairs = [
            (one, other)
            for place, one in enumerate(found)
            for other in found[:place]
            if one.shape == other.shape
            and one.dtype == other.dtype
            and one.size
            and (one[()] != other[()]).any()
        ]
        one, other = rng.choice(pairs)
        values = one[()]
        one[...] = other[()]
        other[...] = values


OF_HDF5: dict[str, Callable[[Path, random.Random], Change | None]] = {
    "an attribute": attribute,
    "an attribute, sealed again": attribute_sealed,
    "two variables swapped": variables_swapped,
}


def seal_again(path: Path) -> None:
    """Write the seal anew, with the training steps that it names."""
    with open(path, "r+b") as file:
        steps = file.readlines(200)[1].decode("ascii").partition(" ")[2].strip()
        write_seal(file, steps=steps)


def _names(file: h5py.File) -> list[str]:
    names: list[str] = []
    file.visit(names.append)
    return sorted(names)

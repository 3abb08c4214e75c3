"""Damages files and reads them: each is refused with one clear error, or read as it was written."""

from __future__ import annotations

import functools
import random
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from faults.damages import OF_BYTES, OF_HDF5, Change
from faults.samples import SAMPLES, Sample, left_out
from faults.tally import EQUAL, REFUSED, UNNOTICED

LONGEST = 10.0  # seconds of the processor; what takes longer hangs
_LONGEST_MESSAGE = 700
_OTHER = "read as other values"


class Case(NamedTuple):
    """One damaged file: the same case is the same file, to the bit."""

    sound: str
    sample: str
    fault: str
    number: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.sample}/{self.fault}/{self.number}"


def kinds() -> list[tuple[str, str]]:
    """Every sample with every fault that it can have."""
    found = []
    for name, sample in SAMPLES.items():
        faults = [*OF_BYTES, *(OF_HDF5 if sample.is_hdf5 else ())]
        found += [(name, fault) for fault in faults if sample.has_digest or "sealed" not in fault]
    return found


def cases(sound: Path, count: int, seed: int) -> Iterator[Case]:
    """So many cases, as many of each kind, in turn."""
    every = kinds()
    for place in range(count):
        sample, fault = every[place % len(every)]
        yield Case(str(sound), sample, fault, place // len(every), seed)


def try_one(case: Case) -> str:
    """Damage a copy of a sample, and read it.

    Returns
    -------
    str
        An outcome of `faults.tally`, or what was lost.
    """
    sample = SAMPLES[case.sample]
    rng = random.Random(f"{case.seed}/{case.name}")
    with tempfile.TemporaryDirectory(prefix="faults-") as work:
        folder = Path(work) / sample.folder
        shutil.copytree(Path(case.sound) / sample.folder, folder)
        target = rng.choice(sorted(found for pattern in sample.targets for found in folder.glob(pattern)))
        before = target.read_bytes()
        change = _damage(target, case, rng)
        began = time.process_time()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            outcome, found = _read(sample, case, folder, change)
        if time.process_time() - began > LONGEST:
            return f"a hang of more than {LONGEST:g} s"
        if outcome == _OTHER and said and left_out(said, target, _steps(before, target.read_bytes())):
            others = _fingerprint(case.sound, case.sample, change, target.relative_to(folder).as_posix())
            return REFUSED if found == others else "the other parts are read as other values"
    if outcome == _OTHER and not sample.has_digest:
        return UNNOTICED
    return outcome


def _damage(target: Path, case: Case, rng: random.Random) -> Change | None:
    """Damage a file; returns the attribute that was changed under a new seal, which is not compared."""
    if case.fault in OF_HDF5:
        change = OF_HDF5[case.fault](target, rng)
        return change if "sealed" in case.fault else None
    damaged = OF_BYTES[case.fault](bytearray(target.read_bytes()), rng, case.number)
    target.write_bytes(damaged)
    return None


def _read(sample: Sample, case: Case, folder: Path, change: Change | None) -> tuple[str, str]:
    """The outcome, and the fingerprint of what was read."""
    from gradviz.errors import GradvizError

    try:
        found = sample.read(folder, change)
    except GradvizError as error:
        message = str(error)
        is_clear = (
            folder.name in message and len(message) <= _LONGEST_MESSAGE and "site-packages" not in message
        )
        return (REFUSED if is_clear else f"an error that is not clear: {message[:_LONGEST_MESSAGE]}"), ""
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:_LONGEST_MESSAGE]}", ""
    return (EQUAL if found == _fingerprint(case.sound, case.sample, change, "") else _OTHER), found


@functools.cache
def _fingerprint(sound: str, name: str, change: Change | None, without: str) -> str:
    """That of the sound sample, without one of its files."""
    sample = SAMPLES[name]
    with tempfile.TemporaryDirectory(prefix="faults-") as work:
        folder = Path(work) / sample.folder
        shutil.copytree(Path(sound) / sample.folder, folder)
        if without:
            (folder / without).unlink()
        return sample.read(folder, change)


def _steps(before: bytes, after: bytes) -> str:
    """The training steps of a part, if its first 512 bytes still tell them."""
    if before[:512] != after[:512]:
        return ""
    return before.split(b"\n")[1].decode("ascii").partition(" ")[2]

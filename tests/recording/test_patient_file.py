"""A file that HDF5 can write to though the disk is full."""

import errno
import io

import h5py
import numpy as np
import pytest

from gradviz.recording.patient_file import PatientFile


class FullDisk(io.BytesIO):
    """Fails as soon as it would become longer than a limit."""

    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def write(self, data):
        if self.tell() + len(data) > self.limit:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def write_hdf5(file):
    values = np.arange(20_000.0).reshape(100, 200)
    with h5py.File(file, "w", userblock_size=512) as stored:
        for name in "abc":
            stored.create_dataset(name, data=values, chunks=(10, 200), compression="gzip")
            stored[name].attrs["name"] = name
    return values


def test_without_an_error_the_file_is_what_hdf5_writes():
    direct, passed_on = io.BytesIO(), io.BytesIO()
    values = write_hdf5(direct)
    patient = PatientFile(passed_on)
    write_hdf5(patient)
    patient.check()
    with h5py.File(direct) as one, h5py.File(passed_on) as other:
        for name in "abc":
            assert np.array_equal(one[name], values)
            assert np.array_equal(other[name], values)


@pytest.mark.parametrize("limit", [0, 100, 3_000, 20_000, 60_000])
def test_a_full_disk_is_an_error_after_hdf5_has_finished(limit):
    patient = PatientFile(FullDisk(limit))
    values = write_hdf5(patient)  # HDF5 notices nothing, and reads back what it wrote
    assert patient.error.errno == errno.ENOSPC
    with pytest.raises(OSError, match="No space left"):
        patient.check()
    with h5py.File(patient, "r") as stored:
        assert np.array_equal(stored["c"], values)


def test_places_and_sizes():
    file = io.BytesIO()
    patient = PatientFile(file)
    patient.write(b"abcdef")
    assert patient.seek(-2, 2) == 4
    assert patient.read(9) == b"ef"
    assert patient.tell() == 6
    patient.seek(9)
    patient.write(b"z")
    patient.seek(4)
    assert patient.read(6) == b"ef\0\0\0z"
    assert patient.truncate(2) == 2
    assert file.getvalue() == b"ab"
    patient.seek(0)
    assert patient.read(9) == b"ab"
    patient.seek(1)
    assert patient.truncate() == 1  # at its place
    patient.seek(-1, 1)
    assert patient.read(9) == b"a"
    patient.seek(5)
    assert patient.read(2) == b""  # behind the end
    assert patient.readable()
    assert patient.writable()
    assert patient.seekable()


def test_after_an_error_nothing_more_reaches_the_file():
    file = FullDisk(4)
    patient = PatientFile(file)
    patient.write(b"abcd")
    patient.write(b"ef")
    assert patient.error is not None
    patient.seek(1)
    assert patient.write(b"XY") == 2
    patient.truncate(5)
    patient.flush()
    assert file.getvalue() == b"abcd"
    patient.seek(0)
    assert patient.read(9) == b"aXYde"  # the later of two that were kept
    patient.seek(2)
    assert patient.read(1) == b"Y"
    assert patient.tell() == 3


def test_an_error_of_flush_is_kept():
    class Broken(io.BytesIO):
        def flush(self):
            raise OSError(errno.EIO, "Input/output error")

    patient = PatientFile(Broken())
    patient.check()
    patient.flush()
    with pytest.raises(OSError, match="Input/output error"):
        patient.check()


def test_it_may_go_after_its_file_was_closed():
    """Python closes a file object that goes; from 3.13 on it prints an error of this."""
    with io.BytesIO() as file:
        patient = PatientFile(file)
        patient.write(b"some")
    patient.close()
    assert patient.error is None

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
    patient = PatientFile(io.BytesIO())
    patient.write(b"abcdef")
    assert patient.seek(-2, 2) == 4
    assert patient.read(9) == b"ef"
    assert patient.tell() == 6
    patient.seek(9)
    patient.write(b"z")
    patient.seek(4)
    assert patient.read(6) == b"ef\0\0\0z"
    patient.truncate(2)
    patient.seek(0)
    assert patient.read(9) == b"ab"

"""What a file may hold before any of its values are read."""

import os

import h5py
import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording.check_file import check_content, check_is_file


@pytest.mark.parametrize(("mebibytes", "is_too_much"), [(63, False), (80, True)])
def test_values_that_were_never_written(tmp_path, mebibytes, is_too_much):
    path = tmp_path / "x.nc"
    with h5py.File(path, "w") as file:  # takes hardly any space on disk
        file.create_dataset("h", shape=(mebibytes, 2**18), dtype="float32", chunks=(1, 2**18))
    assert path.stat().st_size < 8192
    if is_too_much:
        with pytest.raises(BadRecording, match=r"its values would take 8.39e[+]07 bytes of memory"):
            check_content(path)
    else:
        check_content(path)


def test_all_groups_count(tmp_path):
    path = tmp_path / "x.nc"
    with h5py.File(path, "w") as file:
        for module in ("a", "b"):
            file.create_dataset(f"{module}/h", shape=(40, 2**18), dtype="float32", chunks=(1, 2**18))
    with pytest.raises(BadRecording, match=r"8.39e[+]07 bytes"):
        check_content(path)


def test_links_and_groups_too_deep(tmp_path):
    with h5py.File(tmp_path / "link.nc", "w") as file:
        file["h"] = h5py.SoftLink("/elsewhere")
    with pytest.raises(BadRecording, match="/ holds a link 'h'"):
        check_content(tmp_path / "link.nc")
    with h5py.File(tmp_path / "deep.nc", "w") as file:
        file.create_group("a/b")
    with pytest.raises(BadRecording, match="module 'a' holds a group 'b'"):
        check_content(tmp_path / "deep.nc")
    with h5py.File(tmp_path / "loop.nc", "w") as file:
        file["a"] = file["/"]
    with pytest.raises(BadRecording, match="group 'a' contains itself"):
        check_content(tmp_path / "loop.nc")


def test_a_module_of_values_is_fine(tmp_path):
    with h5py.File(tmp_path / "x.nc", "w") as file:
        file["a/h"] = np.arange(3.0)
        file["loss"] = 1.0
    check_content(tmp_path / "x.nc")
    check_is_file(tmp_path / "x.nc")
    check_is_file(tmp_path / "there is none")
    with pytest.raises(BadRecording, match="is a folder; expected a file"):
        check_is_file(tmp_path)


def test_what_is_no_file_is_named_once(tmp_path):
    pipe = tmp_path / "x.nc"
    os.mkfifo(pipe)
    with pytest.raises(BadRecording, match=f"^{pipe} is a named pipe; expected a file$"):
        gv.load(pipe)


def test_what_a_file_may_expand_to(tmp_path):
    """64 MiB, and 2,000 bytes for each on disk; of all variables together."""
    noise = np.random.default_rng(0).integers(0, 256, 40_000, dtype=np.uint8)
    for mebibytes, is_too_much in ((100, False), (200, True)):
        path = tmp_path / f"{mebibytes}.nc"
        with h5py.File(path, "w") as file:
            file["noise"] = noise
            for name in ("a/x", "y"):
                file.create_dataset(name, shape=(mebibytes, 2**17), dtype="float32", chunks=(1, 2**17))
        assert 40_000 < path.stat().st_size < 55_000
        if is_too_much:
            with pytest.raises(BadRecording, match=r"would take 2\.1e\+08 bytes of memory, more than"):
                check_content(path)
        else:
            check_content(path)


def test_types_and_variables_without_values_are_fine(tmp_path):
    with h5py.File(tmp_path / "x.nc", "w") as file:
        file["m/nothing"] = h5py.Empty("float32")
        file["m/kind"] = np.dtype("float64")
        file["kind"] = np.dtype("int8")
    check_content(tmp_path / "x.nc")


def test_links_within_a_module(tmp_path):
    with h5py.File(tmp_path / "x.nc", "w") as file:
        file["m/h"] = 1.0
        file["m/again"] = h5py.ExternalLink("other.nc", "/h")
    with pytest.raises(BadRecording, match="/m holds a link 'again'; expected groups and values only"):
        check_content(tmp_path / "x.nc")

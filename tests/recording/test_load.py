"""Loading without torch, and what cannot be loaded."""

import subprocess
import sys

import h5netcdf
import h5py
import pytest
import xarray as xr

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording.save import save
from gradviz.recording.seal import write_seal


def test_it_works_where_torch_is_not_installed(record, recording, tmp_path):
    save(recording(record(0), record(5)), tmp_path)
    code = f"""
import sys
sys.modules["torch"] = None
import gradviz as gv
tree = gv.load({str(tmp_path)!r})
print(tree["lstm"].sizes["step"], "matplotlib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]


def test_there_is_no_recording(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"no recording at .*nowhere: there is no such file or folder"
    ):
        gv.load(tmp_path / "nowhere")
    with pytest.raises(BadRecording, match=r"contains no recording: it has no recording\.nc and no parts/"):
        gv.load(tmp_path)


def test_a_folder_of_runs_names_them(record, recording, tmp_path):
    save(recording(record(0)), tmp_path / "run")
    with pytest.raises(BadRecording, match="there is one in each of its folders run"):
        gv.load(tmp_path)


def test_damaged_and_foreign_files(record, recording, tmp_path):
    path = save(recording(record(0)), tmp_path / "x.nc")
    whole = path.read_bytes()
    for content in (b"", b"some text", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(BadRecording, match=r"x\.nc is damaged or is not a netCDF4 file"):
            gv.load(path)
    xr.Dataset({"a": ("x", [1, 2])}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    with pytest.raises(BadRecording, match=r"other\.nc: not a gradviz recording"):
        gv.load(tmp_path / "other.nc")


def wrong_version(file):
    file.attrs["gradviz_format"] = "x"


def of_no_type_that_numpy_has(file):
    h5py.h5a.create(file.id, b"odd", h5py.h5t.UNIX_D32LE, h5py.h5s.create(h5py.h5s.SCALAR))


@pytest.mark.parametrize(
    ("spoil", "is_sealed"),
    [(wrong_version, True), (of_no_type_that_numpy_has, True), (of_no_type_that_numpy_has, False)],
)
def test_steps_of_a_sealed_file_are_named_though_an_attribute_cannot_be_read(
    record, recording, tmp_path, spoil, is_sealed
):
    tree, path = recording(record(4), record(7)), tmp_path / "x.nc"
    if is_sealed:
        save(tree, path)
    else:
        tree.to_netcdf(path, engine="h5netcdf")
    with h5py.File(path, "r+") as file:
        spoil(file)
    if is_sealed:
        with open(path, "r+b") as file:
            write_seal(file, steps="0-7")
    with pytest.raises(BadRecording) as error:
        gv.load(path)
    assert str(error.value).startswith(str(path))
    assert str(error.value).endswith("; it held the training steps 0 to 7") is is_sealed


def test_a_recording_with_the_former_name_of_the_replay_error(record, recording, tmp_path):
    tree = recording(record(0), record(3), metadata={"parity": "even"})
    former = tree.copy()
    former.attrs["gradviz_format"] = 1
    former["lstm"].attrs["parity"] = former["lstm"].attrs.pop("replay_error")
    former.to_netcdf(tmp_path / "x.nc", engine="h5netcdf")
    with h5netcdf.File(tmp_path / "x.nc") as file:
        assert "replay_error" not in file["lstm"].attrs
    found = gv.load(tmp_path / "x.nc")
    assert found["lstm"].attrs == tree["lstm"].attrs
    assert found["lstm"].attrs["replay_error"] == pytest.approx(4e-7)
    assert found.attrs["parity"] == "even"


def test_a_newer_format_is_refused(record, recording, tmp_path):
    tree = recording(record(0))
    tree.attrs["gradviz_format"] = 99
    tree.to_netcdf(tmp_path / "x.nc", engine="h5netcdf")
    with pytest.raises(BadRecording, match="recording has format 99; this gradviz reads up to 2"):
        gv.load(tmp_path / "x.nc")


def test_units_of_time_do_not_make_dates_of_numbers(record, recording, tmp_path):
    tree = recording(record(0), record(1))
    tree["loss"].attrs["units"] = "days since 2000-01-01"
    tree.to_netcdf(tmp_path / "x.nc", engine="h5netcdf")  # as another program writes it
    found = gv.load(tmp_path / "x.nc")["loss"]
    assert found.values.tolist() == [1, 0.5]
    assert found.attrs["units"] == "days since 2000-01-01"

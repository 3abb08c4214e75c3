"""Groups of a netCDF4 file."""

import h5py
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.recording import netcdf
from gradviz.recording.save import save
from gradviz.recording.stored_values import read_values


def heads_of(group):
    return netcdf.read_heads(netcdf.open_variables(group))


def test_other_programs_read_the_same(record, recording, tmp_path):
    tree = recording(*(record(step, call=call) for step in range(3) for call in range(2)), metadata={"a": 2})
    path = save(tree, tmp_path / "x.nc")
    with xr.open_datatree(path, engine="h5netcdf", decode_times=False) as found:
        for node in tree.subtree:
            mine, other = node.to_dataset(inherit=False), found[node.path].to_dataset(inherit=False)
            xr.testing.assert_identical(mine, other.load())
            assert {name: value.dtype for name, value in mine.variables.items()} == {
                name: value.dtype for name, value in other.variables.items()
            }
    assert list(gv.load(path).children) == list(tree.children)


def test_modules_and_variables_keep_their_order(record, recording, tmp_path):
    names = ["z", "a.b", "m"]
    tree = recording(*(record(0, module=name) for name in names))
    found = gv.load(save(tree, tmp_path / "x.nc"))
    assert list(found.children) == names
    assert list(found["z"].data_vars) == list(tree["z"].data_vars)


@pytest.mark.parametrize("shape", [(3,), (1000, 1, 1, 100, 16), (2, 2, 1, 900, 64, 512), (5, 0)])
def test_chunks_are_small_and_of_whole_steps_where_possible(shape):
    chunk = netcdf._chunks(shape, 4)
    assert len(chunk) == len(shape)
    assert all(1 <= part <= max(whole, 1) for part, whole in zip(chunk, shape, strict=True)) or 0 in shape
    assert np.prod(chunk) * 4 <= netcdf._CHUNK
    if np.prod(shape[1:]) * 4 <= netcdf._CHUNK:
        assert chunk[1:] == shape[1:]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 300), st.integers(1, 2_000), st.integers(1, 4_000))
def test_blocks_cover_everything_once_and_hold_whole_chunks(rows, columns, limit):
    variable = xr.Variable(("a", "b"), np.broadcast_to(np.float32(1), (rows, columns)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(netcdf, "_BLOCK", limit)
        patch.setattr(netcdf, "_CHUNK", limit // 2 + 1)
        chunks = netcdf._chunks(variable.shape, 4)
        blocks = list(netcdf._blocks(variable, chunks))
    if blocks == [()]:
        assert variable.nbytes <= limit
        return
    covered = [row for (part,) in blocks for row in range(part.start, part.stop)]
    assert covered == list(range(rows))
    assert all(part.start % chunks[0] == 0 for (part,) in blocks)


def test_packed_gates_are_a_127th_apart_and_keep_nan(tmp_path):
    values = np.array([-1, -0.5, 0, 1 / 127, 1, np.nan], dtype=np.float32)
    dataset = xr.Dataset({"gates": ("unit", values)}, coords={"unit": np.arange(6)})
    with h5py.File(tmp_path / "x.nc", "w", track_order=True) as file:
        netcdf.write_group(file, "m", dataset, compress=True, packed=frozenset({"gates"}))
        assert file["m/gates"].dtype == np.uint8
        head = heads_of(file["m"])["gates"]
        assert head.is_packed
        assert head.attributes == {}
        found = read_values(file["m/gates"], head)
    np.testing.assert_allclose(found, values, atol=0.5 / 127)
    assert found.dtype == np.float32
    with xr.open_dataset(tmp_path / "x.nc", engine="h5netcdf", group="m") as other:
        np.testing.assert_allclose(other["gates"], found, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("compress", [True, False])
def test_large_variables_are_compressed_where_that_is_asked_for(tmp_path, compress):
    values = np.arange(2**14, dtype=np.float32).reshape(128, 128)  # 64 KiB
    dataset = xr.Dataset({"large": (("a", "b"), values), "small": (("a", "c"), values[:, 1:])})
    dataset = dataset.assign_coords({dim: np.arange(size) for dim, size in dataset.sizes.items()})
    with h5py.File(tmp_path / "x.nc", "w", track_order=True) as file:
        netcdf.write_group(file, "m", dataset, compress=compress)
        large, small = file["m/large"], file["m/small"]
        expected = ("gzip", 1, True, (128, 128)) if compress else (None, None, False, None)
        assert (large.compression, large.compression_opts, large.shuffle, large.chunks) == expected
        assert small.compression is small.chunks is None
        np.testing.assert_array_equal(read_values(large, heads_of(file["m"])["large"]), values)


def test_chunks_by_hand():
    assert netcdf._chunks((1000, 1, 1, 100, 16), 4) == (40, 1, 1, 100, 16)  # 6,400 bytes a step, 256 KiB
    assert netcdf._chunks((7, 100), 4) == (7, 100)  # no longer than the variable
    assert netcdf._chunks((5, 4, 2**16), 4) == (1, 4, 2**14)  # a step of 1 MiB, halved twice
    assert netcdf._chunks((3, 1, 3 * 2**16), 4) == (1, 1, 3 * 2**14)
    assert netcdf._chunks((2**17,), 4) == (2**16,)


def blocks(shape, chunks=None):
    variable = xr.Variable(("a", "b")[: len(shape)], np.broadcast_to(np.float32(1), shape))
    return [(part[0].start, part[0].stop) if part else () for part in netcdf._blocks(variable, chunks)]


def test_blocks_by_hand():
    """No block is larger than 8 MiB, and each but the last has whole chunks."""
    assert blocks((2**11, 2**10)) == [()]
    assert blocks((2**11 + 1, 2**10)) == [(0, 2**11), (2**11, 2**11 + 1)]
    assert blocks((3000, 2**10), (500, 2**10)) == [(0, 2000), (2000, 3000)]
    assert blocks((4, 2**22), (1, 2**16)) == [(0, 1), (1, 2), (2, 3), (3, 4)]  # a row is larger
    assert blocks((2**11 + 2, 2**10), (2**12, 1)) == [(0, 2**11 + 2)]  # and so is a chunk


def test_large_variables_are_written_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(netcdf, "_BLOCK", 64)
    values = np.arange(100, dtype=np.float32).reshape(10, 10)
    words = np.array([f"word {place}" for place in range(10)])
    dataset = xr.Dataset({"x": (("a", "b"), values), "words": ("a", words), "one": ((), 2.5)})
    dataset = dataset.assign_coords(a=range(10), b=range(10))
    with h5py.File(tmp_path / "x.nc", "w", track_order=True) as file:
        netcdf.write_group(file, "/", dataset, compress=True, packed=frozenset())
        said = heads_of(file)
        found = {name: read_values(file[name], said[name]) for name in ("x", "words", "one")}
        some = read_values(file["x"], said["x"], (slice(2, 4), 3))
        one_word = read_values(file["words"], said["words"], (slice(4, 5),))
        assert said["x"].dims == ("a", "b")
        assert said["one"].shape == ()
    np.testing.assert_array_equal(found["x"], values)
    assert found["words"].tolist() == words.tolist()
    assert found["words"].dtype.kind == "U"
    assert found["one"].item() == 2.5
    assert some.tolist() == [23, 33]
    assert one_word.tolist() == ["word 4"]


def test_attributes_of_groups_and_of_variables(tmp_path):
    dataset = xr.Dataset(
        {
            "x": ("a", [1.0, 2.0], {"units": "µs", "count": 3, "list": [1, 2]}),
            "empty": (("b", "a"), np.zeros((0, 2))),
        },
        {"a": [4, 5]},
        {"name": "mine", "seed": 7},
    ).assign_coords(b=("b", np.zeros(0, dtype=np.int64)))
    with h5py.File(tmp_path / "x.nc", "w", track_order=True) as file:
        netcdf.write_group(file, "m", dataset, compress=False)
        heads = heads_of(file["m"])
        assert dict(file["m"].attrs) == {"name": "mine", "seed": 7}
    assert heads["x"].attributes["list"].tolist() == [1, 2]
    assert {**heads["x"].attributes, "list": None} == {"units": "µs", "count": 3, "list": None}
    assert (heads["x"].dims, heads["x"].dtype, heads["x"].is_packed) == (("a",), np.float64, False)
    assert (heads["empty"].dims, heads["empty"].shape) == (("b", "a"), (0, 2))
    assert list(heads) == ["a", "b", "x", "empty"]


def test_dims_are_found_without_a_search_of_the_file(record, recording, tmp_path, monkeypatch):
    tree = recording(*(record(0, module=name) for name in ("a", "b")))
    path = save(tree, tmp_path / "x.nc")

    def search(*_):
        raise AssertionError("HDF5 searches all groups for the name of a reference")

    with h5py.File(path, "r") as file:
        monkeypatch.setattr(h5py.h5r, "get_name", search)
        for name in ("a", "b"):
            heads = heads_of(file[name])
            assert {key: head.dims for key, head in heads.items()} == {
                key: variable.dims for key, variable in tree[name].to_dataset(inherit=False).variables.items()
            }

"""A function of a recording takes one from which parts were selected or averaged."""

import numpy as np
import pytest
import xarray as xr

from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.recording.any_selection import takes_any_selection
from gradviz.recording.tree import select_module

SEEN = []


@takes_any_selection("time")
def norms(data, *, module=None, shift=0.0):
    """Notes what it gets; the recorded norms and a shift."""
    SEEN.append(data)
    dataset = data if isinstance(data, xr.Dataset) else select_module(data, module=module)
    return dataset[[v.LOG10_GRAD_H]] + shift


@takes_any_selection()
def names(runs):
    SEEN.append(runs)
    return sorted(runs)


@pytest.fixture(autouse=True)
def _forget():
    SEEN.clear()


@pytest.fixture
def ds(record, recording):
    return select_module(recording(record(0), record(1)))


def test_a_whole_recording_comes_as_it_is(ds):
    assert norms(ds).identical(ds[[v.LOG10_GRAD_H]] + 0.0)
    assert norms(data=ds, shift=2.0).identical(ds[[v.LOG10_GRAD_H]] + 2.0)
    assert SEEN[0] is SEEN[1] is ds


@pytest.mark.parametrize("dim", ["step", "layer", "direction", "sample"])
def test_a_dim_that_was_selected_is_there_inside_and_not_outside(ds, dim):
    whole = norms(ds.isel({dim: [-1]}), shift=1.0)
    for found in (norms(ds.isel({dim: -1}), shift=1.0), norms(data=ds.isel({dim: -1}), shift=1.0)):
        xr.testing.assert_identical(found, whole.isel({dim: 0}))
        assert SEEN.pop().sizes[dim] == 1
    mean = norms(ds.mean(dim))
    assert dim not in mean.dims
    np.testing.assert_allclose(mean[v.LOG10_GRAD_H], ds[v.LOG10_GRAD_H].mean(dim), rtol=1e-6)


def test_a_dim_that_is_needed(ds):
    assert norms(ds.isel(time=1)).identical(norms(ds.isel(time=[1])).isel(time=0))
    for without in (ds.mean("time"), ds.isel(time=0, drop=True)):
        with pytest.raises(BadRecording, match="norms needs the dim 'time', which was averaged"):
            norms(without)
        with pytest.raises(BadRecording, match="needs the dim 'time'"):
            norms(data=without)


def test_nothing_along_a_dim(ds):
    for dim in ("sample", "time"):
        with pytest.raises(BadRecording, match=f"norms was given .* nothing along the dim '{dim}'; select"):
            norms(ds.isel({dim: []}))
    norms(ds.assign(extra=("mine", [])))  # a dim of somebody else's


def test_labels_that_differ_along_another_dim(ds):
    runs = xr.concat([ds.isel(step=0), ds.isel(step=1)], "run", join="outer")
    with pytest.raises(
        BadRecording,
        match=r"takes one recording, and 'step' differs along the dim 'run'; select one with isel\(run=0\)",
    ):
        norms(runs)
    norms(runs.isel(run=0))


def test_the_modules_of_a_tree(record, recording):
    tree = recording(record(0, module="a"), record(0, module="b"))
    assert norms(tree, module="b").identical(norms(tree["b"].to_dataset(inherit=False)))
    assert SEEN[0] is tree
    found = norms(tree.isel(sample=1), module="b")
    assert found.identical(norms(tree["b"].to_dataset(inherit=False).isel(sample=1)))
    assert "sample" not in found.dims
    assert SEEN[2]["b"].sizes["sample"] == SEEN[2]["a"].sizes["sample"] == 1
    assert SEEN[2].attrs == tree.attrs
    assert norms(tree["b"]).identical(norms(tree, module="b"))  # a node of a tree is a recording too


def test_only_the_module_that_is_asked_for_has_to_fit(record, recording):
    tree = recording(record(0, module="a"), record(0, module="b"))
    tree["a"] = xr.DataTree(tree["a"].to_dataset(inherit=False).mean("time", keep_attrs=True))
    norms(tree, module="b")
    for module in ("a", None):
        with pytest.raises(BadRecording, match="needs the dim 'time'"):
            norms(tree, module=module)


def test_recordings_by_name_and_what_is_none(ds):
    mapping = {"a": ds, "b": 3}
    assert names(mapping) == ["a", "b"]
    assert SEEN[0] is mapping
    assert names({"a": ds.isel(sample=0), "b": ds}) == ["a", "b"]
    assert SEEN[1]["a"].sizes["sample"] == 1
    assert SEEN[1]["b"] is ds
    with pytest.raises(BadRecording, match="names was given a recording with nothing along the dim 'sample'"):
        names({"a": ds.isel(sample=[])})
    assert names("cab") == ["a", "b", "c"]

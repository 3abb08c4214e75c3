"""Selecting one module, one call, one series or one variable of a recording."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from gradviz import vocabulary as v
from gradviz.errors import BadRecording, UnknownName
from gradviz.recording.missing_dims import with_missing_dims
from gradviz.recording.tree import (
    check_variable,
    module_names,
    select_call,
    select_module,
    select_series,
    take_call,
)


def test_the_only_module_needs_no_name(record, recording):
    tree = recording(record(0))
    assert select_module(tree).attrs["module"] == "lstm"
    assert select_module(select_module(tree)).attrs["module"] == "lstm"
    assert tree["loss"].dims == ("iteration",)


def test_with_several_modules_the_name_is_required(record, recording):
    tree = recording(record(0, module="encoder.lstm"), record(0, module="decoder"))
    assert module_names(tree) == ("encoder.lstm", "decoder")
    assert select_module(tree, module="decoder").attrs["module"] == "decoder"
    with pytest.raises(BadRecording, match=r"holds 2 modules; choose one with module='encoder.lstm'"):
        select_module(tree)
    with pytest.raises(UnknownName, match="did you mean 'decoder'"):
        select_module(tree, module="decodr")
    with pytest.raises(TypeError, match=r"got str \(gv.load\(path\) reads one"):
        select_module("runs/mine")


def test_last_layer_forward_by_default(record, recording):
    ds = select_module(recording(record(0)))
    assert select_series(ds)["layer"].item() == 1
    assert select_series(ds, layer=0)["direction"].item() == "forward"
    with pytest.raises(BadRecording, match="no layer 2; it has 0, 1"):
        select_series(ds, layer=2)
    with pytest.raises(BadRecording, match="no direction 'reverse'; it has forward"):
        select_series(ds, direction="reverse")


def test_all_calls_or_one(record, recording):
    ds = select_module(recording(record(0), record(0, call=1)))
    pooled = select_series(ds)
    assert "call" not in pooled.dims
    assert pooled["sample"].values.tolist() == [0, 2, 3, 5]
    assert pooled[v.LOG10_GRAD_H].sel(step=0, time=0).values.tolist() == [6, 7, 56, 57]
    chosen = select_series(ds, call=1)
    assert chosen.identical(select_series(ds.sel(call=1)))
    assert chosen["call"].item() == 1
    assert chosen[v.LOG10_GRAD_H].sel(step=0, time=0, sample=0).item() == 56
    assert select_series(ds.sel(call=[1])).identical(chosen)
    many = select_module(recording(*(record(0, call=call) for call in range(20))))
    with pytest.raises(BadRecording, match=r"no call 20; it has 0, 1, 2, \.\.\., 19$"):
        select_series(many, call=20)


def test_calls_are_chosen_in_a_whole_tree(record, recording):
    tree = recording(record(0, module="a"), record(0, module="b"), record(0, module="b", call=1))
    assert select_call(tree, module="a").identical(select_module(tree, module="a"))
    assert select_call(tree, module="a", call=0).identical(select_module(tree, module="a"))
    with pytest.raises(BadRecording, match=r"no call 1; it has 0$"):
        select_call(tree, module="a", call=1)
    assert select_call(tree, module="b", call=1).identical(select_module(tree, module="b").sel(call=1))
    pooled = select_call(tree, module="b")
    assert pooled["call"].values.tolist() == [0, 0, 1, 1]
    assert select_call(pooled).identical(pooled)
    with pytest.raises(BadRecording, match="the calls 0, 1 of this recording are pooled already"):
        select_call(pooled, call=1)
    with pytest.raises(BadRecording, match="holds 2 modules"):
        select_call(tree)
    assert select_series(select_module(tree.sel(call=1), module="b"))["call"].item() == 1


def test_the_error_for_a_missing_variable_says_how_to_record_it(record, recording):
    ds = select_module(recording(record(0)))
    with pytest.raises(
        BadRecording, match=r"no variable 'gates'; it was made with detail='norms' \(use detail"
    ):
        check_variable(ds, v.GATES)
    with pytest.raises(BadRecording, match="recording of this GRU has no variable 'log10_grad_c'"):
        check_variable(ds, v.LOG10_GRAD_C)
    with pytest.raises(UnknownName, match="did you mean 'loss'"):
        check_variable(ds, "los")


def test_only_of_a_tensor_of_states_the_total_gradient_cannot_be_known():
    for cell in ("gru", "observed"):
        names = {v.LOG10_GRAD_H_DIRECT: xr.DataArray([0.0], dims=v.TIME)}
        ds = xr.Dataset(names, attrs={"cell": cell, "detail": "norms"})
        of_one_tensor = "observed as parts of one tensor"
        with pytest.raises(BadRecording) as error:
            check_variable(ds, v.LOG10_GRAD_H)
        assert (of_one_tensor in str(error.value)) is (cell == "observed")
        with pytest.raises(BadRecording) as error:
            check_variable(ds, v.STATE_H)
        assert of_one_tensor not in str(error.value)


@pytest.mark.parametrize("name", ["log10_grad_path", "spectral_radius"])
def test_the_error_for_a_variable_of_full_detail_says_so(name):
    dataset = xr.Dataset(attrs={"cell": "lstm", "detail": "norms"})
    with pytest.raises(BadRecording, match=rf"no variable '{name}'; .*\(use detail='full'\)"):
        check_variable(dataset, name)


def test_a_dataset_without_variables_says_so():
    with pytest.raises(BadRecording, match="no variable 'grad'; it has no variables"):
        check_variable(xr.Dataset(), "grad")
    with pytest.raises(BadRecording, match=r"'log10_grad_h'; it has none$"):
        check_variable(xr.Dataset(), "log10_grad_h")


def test_a_call_is_selected_in_the_modules_that_have_several(record, recording):
    tree = recording(record(0, module="once"), record(0, module="twice"), record(0, module="twice", call=1))
    tree.attrs["text"] = "abc"
    taken = take_call(tree, 1)
    assert taken.attrs["text"] == "abc"
    xr.testing.assert_identical(taken["once"].to_dataset(), tree["once"].to_dataset())
    xr.testing.assert_identical(taken["twice"].to_dataset(), tree["twice"].to_dataset().sel(call=1))
    assert take_call(tree, None) is tree
    with pytest.raises(BadRecording, match="no call 2; it has 0, 1"):
        take_call(tree, 2)
    with pytest.raises(BadRecording, match=r"no call 0; it has none$"):
        take_call(xr.DataTree(), 0)


def test_a_dim_of_length_one_without_a_label_is_dropped(record, recording):
    """As measures get a recording of which the mean was taken."""
    ds = select_module(recording(record(0)))
    for dim in ("layer", "direction"):
        mean = with_missing_dims(ds.mean(dim, keep_attrs=True))
        assert mean.sizes[dim] == 1
        found = select_series(mean)
        assert dim not in found.dims
        assert found[v.LOG10_GRAD_H].dims == ("step", "time", "sample")
        with pytest.raises(BadRecording, match=f"no {dim} .*; it has none"):
            select_series(mean, **{dim: "reverse" if dim == "direction" else 0})


def test_the_direction_that_was_selected(record, recording):
    one = record(0)
    two = {name: np.concatenate([values, values + 1], axis=1) for name, values in one.variables.items()}
    ds = select_module(recording(replace(one, variables=two)))
    assert select_series(ds)["direction"].item() == "forward"
    assert select_series(ds.sel(direction=["reverse"]))["direction"].item() == "reverse"
    assert select_series(ds.sel(direction="reverse"))["direction"].item() == "reverse"
    found = select_series(ds, layer=0, direction="reverse")[v.LOG10_GRAD_H]
    assert found.values.ravel().tolist() == [1, 2, 3, 4, 5, 6]


def test_eight_calls_are_listed_and_more_are_cut(record, recording):
    for count, listed in ((8, "0, 1, 2, 3, 4, 5, 6, 7"), (9, "0, 1, 2, ..., 8")):
        ds = select_module(recording(*(record(0, call=call) for call in range(count))))
        with pytest.raises(BadRecording, match=f"no call 99; it has {listed}$"):
            select_call(ds, call=99)


def test_another_name_than_the_dataset_has(record, recording):
    ds = select_module(recording(record(0)))
    assert select_module(ds, module="lstm") is ds
    with pytest.raises(UnknownName, match="unknown module 'gru'"):
        select_module(ds, module="gru")
    del ds.attrs["module"]
    assert select_module(ds, module="gru") is ds

"""Data that are not a recording are refused, with the place that is wrong."""

import numpy as np
import pytest
import xarray as xr

from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.recording.tree import select_module
from gradviz.recording.validate import validate_dataset, validate_tree


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda ds: ds.assign_attrs(cell="transformer"), "attribute 'cell' is 'transformer'"),
        (lambda ds: ds.isel(step=0), "no dim 'step'"),
        (lambda ds: ds.drop_vars("time"), "dim 'time' has no labels"),
        (
            lambda ds: ds.assign_coords(gate=["update", "reset", "candidate"]),
            "gate is update, reset, candidate",
        ),
        (lambda ds: ds.assign_coords(direction=["sideways"]), "direction is sideways; expected forward"),
        (lambda ds: ds.isel(time=[1, 0, 2]), "labels of 'time' do not ascend"),
        (lambda ds: ds.assign(extra=ds[v.GATE_MEAN]), "unknown variable 'extra'"),
        (lambda ds: ds.transpose("time", ...), "has dims"),
    ],
)
def test_spoiled_recordings(record, recording, spoil, message):
    ds = select_module(recording(record(0), record(1)))
    validate_dataset(ds)
    with pytest.raises(BadRecording, match=message):
        validate_dataset(spoil(ds))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda ds: ds.transpose("call", ...), r"has dims \('call', 'step', .*expected \('step', 'call'"),
        (lambda ds: ds.assign(gate_mean=ds[v.GATE_MEAN].sel(call=0, drop=True)), "'gate_mean' has dims"),
        (lambda ds: ds.assign(loss=ds["loss"].expand_dims(call=2, axis=1)), "'loss' has dims"),
        (lambda ds: ds.assign_coords(call=[-1, 0]), "call is -1, 0; expected whole numbers from 0"),
        (lambda ds: ds.assign_coords(call=["a", "b"]), "call is a, b; expected whole numbers"),
        (lambda ds: ds.drop_vars("call"), "dim 'call' has no labels"),
        (lambda ds: ds.isel(call=[1, 0]), "labels of 'call' do not ascend"),
    ],
)
def test_all_variables_but_metrics_have_calls_after_the_step(record, recording, spoil, message):
    ds = select_module(recording(record(0), record(0, call=1)))
    validate_dataset(ds)
    validate_dataset(ds.sel(call=1))
    with pytest.raises(BadRecording, match=message):
        validate_dataset(spoil(ds))


def test_a_curve_has_no_calls(record, recording):
    tree = recording(record(0))
    tree["loss"] = tree["loss"].expand_dims(call=[0, 1])
    with pytest.raises(BadRecording, match="curve 'loss' has dims"):
        validate_tree(tree)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("softmax_before_log_softmax", -1e308, "0 or 1"),
        ("target_broadcast", 2.0, "0 or 1"),
        ("batch_size", -1.0, "counts from 0"),
        ("length", float("inf"), "counts from 0"),
    ],
)
def test_facts_of_a_step_are_counts_or_flags(record, recording, name, value, expected):
    ds = select_module(recording(record(0), record(1)))
    validate_dataset(ds.assign({name: ("step", [float("nan"), 1.0])}))
    with pytest.raises(BadRecording, match=f"variable '{name}' has the value .*; expected {expected}"):
        validate_dataset(ds.assign({name: ("step", [1.0, value])}))


@pytest.mark.parametrize("version", [True, 0, -1, 1.0, 1.5, "2", [1, 2], np.nan])
def test_a_format_version_is_a_whole_number_from_1(record, recording, version):
    tree = recording(record(0))
    tree.attrs["gradviz_format"] = version
    with pytest.raises(BadRecording, match=r"'gradviz_format' is .*; expected a whole number from 1"):
        validate_tree(tree)


def test_format_versions_up_to_this_one(record, recording):
    tree = recording(record(0))
    for version in (1, 2, np.int64(2)):
        tree.attrs["gradviz_format"] = version
        validate_tree(tree)
    tree.attrs["gradviz_format"] = 3
    with pytest.raises(BadRecording, match="recording has format 3; this gradviz reads up to 2"):
        validate_tree(tree)
    del tree.attrs["gradviz_format"]
    with pytest.raises(BadRecording, match="not a gradviz recording: it has no attribute 'gradviz_format'"):
        validate_tree(tree)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.float16])
def test_values_are_numbers(record, recording, dtype):
    tree = recording(record(0))
    tree["loss"] = xr.DataArray(np.ones(1, dtype=dtype), dims="iteration")
    validate_tree(tree)
    for wrong in (np.array(["a"]), np.ones(1, dtype=complex), np.ones(1, dtype=object)):
        tree["loss"] = xr.DataArray(wrong, dims="iteration")
        with pytest.raises(BadRecording, match=r"curve 'loss' is of type .*; expected numbers"):
            validate_tree(tree)
    tree["loss"] = xr.DataArray([1.0], dims="iteration")
    tree["lstm"]["loss"] = xr.DataArray(["a"], dims="step")
    with pytest.raises(BadRecording, match=r"module 'lstm': variable 'loss' is of type .*; expected numbers"):
        validate_tree(tree)


def test_where_in_a_tree(record, recording):
    tree = recording(record(0, module="a"), record(0, module="b"))
    validate_tree(tree)
    tree["b"].attrs["replay_error"] = -1.0
    with pytest.raises(BadRecording, match=r"^module 'b': attribute 'replay_error' is -1\.0; expected"):
        validate_tree(tree)
    tree["b"].attrs["replay_error"] = 0.0
    deeper = tree.copy()
    deeper["a/deeper"] = xr.Dataset()
    with pytest.raises(BadRecording, match=r"^module 'a': holds other groups; expected only variables"):
        validate_tree(deeper)
    tree.attrs["lag"] = 0
    with pytest.raises(BadRecording, match=r"^attribute 'lag' is 0"):
        validate_tree(tree)
    tree.attrs["lag"] = 1
    tree["loss"].attrs["units"] = 3
    with pytest.raises(BadRecording, match=r"^attribute 'units' of 'loss' is 3; expected text"):
        validate_tree(tree)


@pytest.mark.parametrize(
    ("squash", "keeps", "is_fine"),
    [
        ('{"z": "sigmoid", "n": "tanh"}', "z", True),
        ('{"z": "sigmoid", "n": "tanh"}', None, True),
        ('{"z": "sigmoid", "n": "tanh"}', "r", False),
        ('{"z": "softplus", "n": "tanh"}', None, False),
        ("{", None, False),
        ("[1]", None, False),
        (3, None, False),
    ],
)
def test_gates_of_a_recurrence_written_by_hand(squash, keeps, is_fine):
    attributes = {"cell": "observed", "gate_squash": squash} | ({"keeps": keeps} if keeps else {})
    dataset = xr.Dataset(
        {v.GATE_MEAN: (("step", "layer", "direction", "time", "gate"), np.ones((1, 1, 1, 1, 2)))},
        {"step": [0], "layer": [0], "direction": ["forward"], "time": [0], "gate": ["z", "n"]},
        attributes,
    )
    if is_fine:
        validate_dataset(dataset)
        with pytest.raises(BadRecording, match="gate is n, z; expected z, n for 'observed'"):
            validate_dataset(dataset.assign_coords(gate=["n", "z"]))
    else:
        with pytest.raises(BadRecording, match="expected JSON that maps each gate to one of sigmoid, tanh"):
            validate_dataset(dataset)


def test_a_cell_without_gates_has_none(record, recording):
    ds = select_module(recording(record(0)))
    with pytest.raises(BadRecording, match="gate is reset, update, candidate; expected none for 'observed'"):
        validate_dataset(ds.assign_attrs(cell="observed"))

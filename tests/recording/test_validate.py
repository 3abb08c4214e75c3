"""Data that are not a recording are refused, with the place that is wrong."""

import pytest

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

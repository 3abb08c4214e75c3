"""From the records of calls to a labelled dataset."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gradviz import vocabulary as v
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.validate import validate_dataset


def test_dims_labels_and_numbers(record):
    ds = build_dataset([record(4), record(0)])
    assert ds[v.LOG10_GRAD_H].dims == v.VARIABLES[v.LOG10_GRAD_H].dims
    assert ds["step"].values.tolist() == [0, 4]
    assert ds["sample"].values.tolist() == [0, 2]
    assert ds["gate"].values.tolist() == ["reset", "update", "candidate"]
    assert ds["direction"].values.tolist() == ["forward"]
    assert ds[v.LOG10_GRAD_H].dtype == np.float32
    assert ds[v.LOG10_GRAD_H].sel(step=4, layer=1, direction="forward", time=2, sample=2).item() == 411
    assert ds[v.LOG10_GRAD_H].attrs == {"long_name": "total gradient ‖dL/dh‖", "units": "decades"}
    assert ds["time"].attrs["long_name"] == "time step"
    assert ds.attrs["replay_error"] == pytest.approx(5e-7)
    assert ds.attrs["cell"] == "gru"


def test_other_lengths_and_samples_are_aligned_by_label(record):
    ds = build_dataset([record(0, times=3, samples=(0, 2)), record(1, times=2, samples=(1, 2, 3))])
    grad = ds[v.LOG10_GRAD_H].isel(layer=0, direction=0)
    assert ds["sample"].values.tolist() == [0, 1, 2, 3]
    assert grad.sel(step=0, time=2).values.tolist() == pytest.approx([4, np.nan, 5, np.nan], nan_ok=True)
    assert grad.sel(step=1, time=1).values.tolist() == pytest.approx([np.nan, 103, 104, 105], nan_ok=True)
    assert np.isnan(grad.sel(step=1, time=2)).all()


def test_values_of_a_weight_have_its_gates(record):
    radii, largest = np.arange(6.0).reshape(2, 1, 3), np.full((2, 1, 3), 1.5)
    one = record(0)
    one.variables.update({v.SPECTRAL_RADIUS: radii, v.LARGEST_SINGULAR_VALUE: largest})
    ds = build_dataset([one, record(1)])
    assert ds[v.SPECTRAL_RADIUS].dims == ("step", "layer", "direction", "gate")
    assert ds[v.SPECTRAL_RADIUS].sel(step=0, layer=1, gate="update").item() == 4
    assert np.isnan(ds[v.SPECTRAL_RADIUS].sel(step=1)).all()
    assert ds[v.LARGEST_SINGULAR_VALUE].attrs == {
        "long_name": "largest singular value of the recurrent weight",
        "units": "1",
    }
    assert ds[v.SPECTRAL_RADIUS].attrs["long_name"] == "spectral radius of the recurrent weight"
    rnn = CallRecord(0, "rnn", "rnn", np.arange(1), {v.SPECTRAL_RADIUS: np.full((1, 1, 1), 0.5)}, 0.0)
    found = build_dataset([rnn])
    assert found[v.SPECTRAL_RADIUS].sel(gate="hidden").values.tolist() == [[[0.5]]]
    validate_dataset(found)
    second = build_dataset([rnn, replace(rnn, call=1)])
    assert second[v.SPECTRAL_RADIUS].dims == ("step", "call", "layer", "direction", "gate")
    validate_dataset(second)


def test_metrics_at_recorded_steps(record):
    ds = build_dataset([record(0), record(2)], {"loss": {0: 3.0, 1: 2.0}})
    np.testing.assert_array_equal(ds["loss"], [3.0, np.nan])


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (lambda m: [], "at least one record"),
        (lambda m: [m(1), m(1)], "recorded twice in step 1, call 0"),
        (lambda m: [m(1), m(1, call=2), m(1, call=2)], "recorded twice in step 1, call 2"),
        (
            lambda m: [m(1), m(2, cell="lstm")],
            r"all records must be of one module and one cell; got lstm \(gru\), lstm \(lstm\)",
        ),
        (lambda m: [m(1), m(2, module="a/b")], "a printable name without '/'"),
    ],
)
def test_records_that_do_not_belong_together(record, records, message):
    with pytest.raises(ValueError, match=message):
        build_dataset(records(record))


def of(name, values, cell="gru", **options):
    return CallRecord(0, "m", cell, np.arange(2), {name: values}, 0.0, **options)


def test_what_does_not_fit_into_float32_is_infinite_and_every_unit_keeps_its_float64():
    norms = build_dataset([of(v.LOG10_GRAD_H, np.full((1, 1, 1, 2), 1e300))])
    assert norms[v.LOG10_GRAD_H].dtype == np.float32
    assert np.isposinf(norms[v.LOG10_GRAD_H]).all()
    for dtype, kept in ((np.float64, np.float64), (np.float32, np.float32), (np.float16, np.float32)):
        units = build_dataset([of(v.GRAD_H, np.full((1, 1, 1, 2, 3), 0.1, dtype=dtype))])
        assert units[v.GRAD_H].dtype == kept
        assert units[v.GRAD_H].values.flat[0] == dtype(0.1)


def test_facts_of_a_step_are_variables_and_attributes():
    one = of(v.STATE_H, np.zeros((1, 1, 1, 2)), attributes={"length": 7, "hidden_size": 4})
    ds = build_dataset([one, replace(one, step=2, attributes={"length": 2**30 + 1, "hidden_size": 4})])
    assert ds["length"].dtype == np.float64
    assert ds["length"].values.tolist() == [7, 2**30 + 1]
    assert "hidden_size" not in ds
    assert ds.attrs == {"cell": "gru", "module": "m", "hidden_size": 4, "replay_error": 0.0}


def test_saturation_in_the_words_of_gates_written_by_hand():
    gates = np.zeros((1, 1, 1, 1))
    names = (v.GATE_LEFT, v.GATE_RIGHT, v.GATE_MEAN)
    for squash, left, right in (
        ("sigmoid", "below 0.1", "above 0.9"),
        ("tanh", "below 0.1 (tanh: below -0.9)", "above 0.9"),
        ("exp", "below 0.1", "above 0.9 (exp: never)"),
    ):
        facts = {"gate_squash": json.dumps({"z": squash})}
        one = CallRecord(0, "m", "observed", np.arange(2), dict.fromkeys(names, gates), 0.0, facts)
        ds = build_dataset([one])
        assert ds[v.GATE_LEFT].attrs["long_name"] == f"fraction of activations {left}"
        assert ds[v.GATE_RIGHT].attrs["long_name"] == f"fraction of activations {right}"
        assert ds[v.GATE_MEAN].attrs["long_name"] == "mean gate activation"


def test_dims_that_no_variable_has_are_not_there():
    assert set(build_dataset([of(v.STATE_H, np.zeros((1, 1, 1, 2)))]).coords) == {
        *("step", "layer", "direction", "time", "sample")
    }
    facts = CallRecord(3, "m", "gru", np.arange(2), {}, 0.0, {"length": 1})
    assert list(build_dataset([facts]).coords) == ["step"]


def test_both_directions_have_their_names():
    ds = build_dataset([of(v.STATE_H, np.zeros((1, 2, 1, 2)))])
    assert ds["direction"].values.tolist() == ["forward", "reverse"]


def test_gates_written_by_hand_are_the_same_in_all_records():
    def by_hand(step, squash):
        found = {v.STATE_H: np.zeros((1, 1, 1, 2))}
        facts = {"gate_squash": squash} if squash else {}
        return CallRecord(step, "m", "observed", np.arange(2), found, 0.0, facts)

    one, other = '{"z": "sigmoid"}', '{"r": "sigmoid"}'
    assert build_dataset([by_hand(0, one), by_hand(1, one), by_hand(2, "")]).sizes["step"] == 3
    with pytest.raises(ValueError, match=r"all records of 'm' must have the same gates; got r.*; z"):
        build_dataset([by_hand(0, one), by_hand(1, other)])

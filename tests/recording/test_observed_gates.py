"""The gates of a recurrence written by hand: in its recording, its measures and their names."""

import json

import numpy as np
import pytest
import xarray as xr

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.cell_descriptions import CELLS, cell_of, gate_attributes, observed_cell, saturation_meanings
from gradviz.errors import BadRecording
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.call_record import CallRecord
from gradviz.recording.check_record import check_record
from gradviz.recording.save import save
from gradviz.recording.sink import MemorySink
from gradviz.recording.validate import validate_dataset

SQUASH = {"keep": "sigmoid", "drive": "relu", "boost": "exp", "new": "tanh"}
TIMES, UNITS = 4, 3


def record(step=0, *, squash=SQUASH, keeps="keep", left=None, mean=None, **more):
    """Two sequences of four steps; ``left``, ``mean``: (gate, unit)."""
    gates = len(squash)
    fractions = np.zeros((1, 1, gates, UNITS)) if left is None else np.asarray(left)[None, None]
    means = np.full((1, 1, gates, UNITS), 0.5) if mean is None else np.asarray(mean)[None, None]
    variables = {
        v.LOG10_GRAD_H: np.zeros((1, 1, TIMES, 2)),
        v.STATE_H: np.ones((1, 1, TIMES, 2)),
        v.GATE_MEAN: np.broadcast_to(means.mean(-1)[:, :, None], (1, 1, TIMES, gates)),
        v.GATE_LEFT: np.broadcast_to(fractions.mean(-1)[:, :, None], (1, 1, TIMES, gates)),
        v.GATE_RIGHT: np.zeros((1, 1, TIMES, gates)),
        v.UNIT_MEAN: means,
        v.UNIT_LEFT: fractions,
        v.UNIT_RIGHT: np.zeros((1, 1, gates, UNITS)),
    }
    attributes = gate_attributes(observed_cell(squash, keeps)) | more
    return CallRecord(step, "loop", "observed", np.arange(2), variables, 0.0, attributes)


def test_a_cell_is_described_by_its_attributes():
    ds = build_dataset([record()])
    validate_dataset(ds)
    assert ds["gate"].values.tolist() == list(SQUASH)
    cell = cell_of(ds.attrs)
    assert dict(cell.squash) == SQUASH
    assert cell.keeps == "keep"
    assert (cell.paths, cell.relu_gates, cell.label) == ((), ("drive",), "recurrence")
    assert cell_of({v.CELL: "observed"}) is CELLS["observed"]
    assert cell_of({v.CELL: "lstm", v.GATE_SQUASH: "{}"}) is CELLS["lstm"]
    assert gate_attributes(CELLS["lstm"]) == gate_attributes(CELLS["observed"]) == {}


def test_what_saturated_means_is_said_in_the_long_names():
    ds = build_dataset([record()])
    assert ds[v.GATE_LEFT].attrs["long_name"] == (
        "fraction of activations below 0.1 (tanh: below -0.9; relu: zero)"
    )
    assert ds[v.UNIT_RIGHT].attrs["long_name"] == "fraction of time above 0.9 (exp, relu: never)"
    assert gv.saturation(ds)["right"].attrs["long_name"].endswith("above 0.9 (exp, relu: never)")
    assert gv.stuck_units(ds)["stuck_left"].attrs["long_name"].endswith("(tanh: below -0.9; relu: zero)")
    assert saturation_meanings(observed_cell({"z": "sigmoid"})) == ("below 0.1", "above 0.9")
    assert saturation_meanings(CELLS["lstm"]) == (v.LEFT_MEANING, v.RIGHT_MEANING)


@pytest.mark.parametrize(
    ("squash", "keeps"),
    [("no JSON", None), ("[1]", None), ('{"keep": "cube"}', None), (json.dumps(SQUASH), "forget")],
)
def test_attributes_that_cannot_be_read_are_a_bad_recording(squash, keeps):
    ds = build_dataset([record()])
    ds.attrs |= {v.GATE_SQUASH: squash} | ({} if keeps is None else {v.KEEPS: keeps})
    with pytest.raises(BadRecording, match=r"attribute 'gate_squash' is .*expected JSON that maps each gate"):
        validate_dataset(ds)


def test_other_gates_than_the_attributes_say():
    ds = build_dataset([record()])
    ds.attrs[v.GATE_SQUASH] = '{"z": "sigmoid"}'
    del ds.attrs[v.KEEPS]
    with pytest.raises(BadRecording, match="gate is keep, drive, boost, new; expected z"):
        validate_dataset(ds)


def test_records_with_other_gates_are_not_joined():
    other = record(1, squash={"z": "sigmoid"}, keeps=None)
    with pytest.raises(ValueError, match=r"same gates; got keep \(sigmoid\).*; z \(sigmoid\)"):
        build_dataset([record(), other])
    check_record(other)


def test_a_step_without_gates_keeps_the_gates_of_the_others():
    plain = CallRecord(
        1,
        "loop",
        "observed",
        np.arange(2),
        {v.LOG10_GRAD_H: np.zeros((1, 1, TIMES, 2))},
        0.0,
    )
    ds = build_dataset([record(), plain])
    validate_dataset(ds)
    assert cell_of(ds.attrs).gates == tuple(SQUASH)
    assert ds[v.GATE_MEAN].sel(step=1).isnull().all()


def test_time_constants_need_the_name_of_the_gate_that_keeps():
    ds = build_dataset([record(mean=[[0.5, 0.75, 0.9]] + [[0.5] * 3] * 3)])
    np.testing.assert_allclose(gv.time_constants(ds)["time_constant"].values.ravel(), [2, 4, 10], rtol=1e-6)
    nameless = build_dataset([record(keeps=None)])
    with pytest.raises(BadRecording, match=r"one of keep, drive, boost, new does .* with keeps="):
        gv.time_constants(nameless)
    with pytest.raises(BadRecording, match="which gate of this recurrence writes is not known"):
        gv.write_weight(ds)


def test_dead_units_of_relu_gates():
    ds = build_dataset([record(left=[[1, 1, 1], [1, 0, 0.5], [1, 1, 1], [0, 0, 0]])])
    found = gv.dead_units(ds)
    assert found["dead"].sel(gate="drive").values.ravel().tolist() == [1, 0, 0]
    assert found["dead_count"].item() == 1
    smooth = build_dataset([record(squash={"z": "sigmoid"}, keeps=None)])
    with pytest.raises(BadRecording, match="only relu units can be dead"):
        gv.dead_units(smooth)


def test_a_histogram_covers_the_range_of_each_function():
    ds = build_dataset([record(mean=[[0.5] * 3, [0, 1, 4], [0.1, 2, 8], [-1, 0, 1]])])
    found = gv.gate_histogram(ds, bins=4)
    edges = zip(found["bin_low"].values[:, 0], found["bin_high"].values[:, -1], strict=True)
    assert [(float(low), float(high)) for low, high in edges] == [(0, 1), (0, 4), (0, 8), (-1, 1)]
    assert (found["count"].sum("bin") == UNITS).all()


def test_it_comes_back_from_disk(tmp_path):
    sink = MemorySink()
    for step in (0, 1):
        sink.add(record(step))
    found = gv.load(save(sink.tree(), tmp_path))
    xr.testing.assert_identical(found["loop"].to_dataset(), sink.tree()["loop"].to_dataset())
    assert cell_of(found["loop"].attrs).gates == tuple(SQUASH)

"""A recording is read one module, layer and direction at a time, a few training steps at a time."""

import numpy as np
import pytest
from report.data.made import call_record, large, module, recording, two_modules

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.recording.build_dataset import build_dataset
from gradviz.recording.save import save
from gradviz.report.data import place_blocks
from gradviz.report.data.place_blocks import places_of
from gradviz.report.data.run_data import run_data


def test_places_in_order():
    tree = two_modules(module((0,), layers=2, directions=2), module((0,)))
    found = [(place.module, place.layer, place.direction) for place in places_of(tree)]
    assert found[:3] == [("encoder", 0, "forward"), ("encoder", 0, "reverse"), ("encoder", 1, "forward")]
    assert found[4:] == [("decoder", 0, "forward")]


def test_blocks_join_to_the_whole(monkeypatch):
    tree = recording(tuple(range(7)), times=5, samples=2)
    (place,) = places_of(tree)
    monkeypatch.setattr(place_blocks, "BLOCK_BYTES", 2 * 5 * 2 * 8)  # two steps of this variable
    kept = np.array([0, 1, 3, 5, 6])
    blocks = list(place.blocks(["log10_grad_h"], kept))
    assert [within.tolist() for within, _ in blocks] == [[0, 1], [2, 3], [4]]
    joined = np.concatenate([series["log10_grad_h"].values for _, series in blocks])
    whole = tree["recurrent"]["log10_grad_h"].isel(layer=0, direction=0, step=kept)
    np.testing.assert_array_equal(joined, whole.values)
    assert set(blocks[0][1].data_vars) == {"log10_grad_h"}


def test_one_step_that_is_larger_than_a_block_is_read_alone(monkeypatch):
    (place,) = places_of(recording((0, 1, 2)))
    monkeypatch.setattr(place_blocks, "BLOCK_BYTES", 1)
    assert [len(within) for within, _ in place.blocks(["gates"], np.arange(3))] == [1, 1, 1]


def test_calls_of_a_step_count_together():
    """Two calls with norms 1 and 100: their mean is 50.5."""
    records = [
        call_record(0, log10_grad_h=np.full((1, 1, 6, 2), 0.0)),
        call_record(0, log10_grad_h=np.full((1, 1, 6, 2), 2.0)),
    ]
    object.__setattr__(records[1], "call", 1)
    tree = two_modules(build_dataset(records), module((0,)))
    found = run_data(tree).places[0]
    np.testing.assert_allclose(found.gradients["log10_grad_h"].values.values, np.log10(50.5), rtol=1e-6)
    assert found.gates.frame.codes.shape == (1, 4, 6, 3)


def test_what_is_missing_is_told():
    (place,) = places_of(recording((0,), full=False))
    with pytest.raises(BadRecording, match=r"no variable 'gates'; it was made with detail='norms'"):
        place.require("gates")


def test_a_recording_on_disk_stays_there(tmp_path, monkeypatch):
    save(large(steps=40, times=50, units=64, samples=8), tmp_path / "recording.nc")
    whole = run_data(gv.load(tmp_path).load())
    monkeypatch.setattr(place_blocks, "BLOCK_BYTES", 1 << 20)
    stored = gv.load(tmp_path)
    found = run_data(stored)
    assert not stored["recurrent"].variables["gates"]._in_memory
    assert found.places[0].to_json() == whole.places[0].to_json()

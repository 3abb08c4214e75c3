"""Every dim has labels that can be counted or read."""

import numpy as np
import pytest
import xarray as xr

from gradviz.errors import BadRecording
from gradviz.recording.check_labels import check_labels, listed


def dataset(dim, labels):
    return xr.Dataset({"x": (dim, np.zeros(len(labels)))}, {dim: labels})


@pytest.mark.parametrize(
    ("dim", "labels"),
    [
        ("step", [0]),
        ("time", [0, 1, 5]),
        ("sample", np.array([3, 4], dtype=np.uint8)),
        ("step", [2**62 - 1]),
        ("gate", ["reset", "a"]),
        ("path", ["b"]),
        ("direction", ["reverse"]),
    ],
)
def test_sound_labels(dim, labels):
    check_labels(dataset(dim, labels))


@pytest.mark.parametrize(
    ("dim", "labels", "message"),
    [
        ("mine", [0, 1], "unknown dim 'mine'; expected step, call, iteration, "),
        ("step", [], "dim 'step' has the size 0: there is nothing to read"),
        ("step", [-1, 0], "step is -1, 0; expected whole numbers from 0"),
        ("time", [0.0, 1.0], "time is 0.0, 1.0; expected whole numbers from 0"),
        ("layer", ["a"], "layer is a; expected whole numbers from 0"),
        ("unit", [1, 1], "labels of 'unit' do not ascend"),
        ("unit", [0, 2, 1], "labels of 'unit' do not ascend"),
        ("step", [0, 2**62], "step is 0, 4611686018427387904; expected whole numbers below 2.62"),
        ("gate", [0, 1], "gate is 0, 1; expected text"),
        ("path", np.array(["a", 3], dtype=object), "path is a, 3; expected text"),
        ("direction", [1.5], "direction is 1.5; expected text"),
    ],
)
def test_unusable_labels(dim, labels, message):
    with pytest.raises(BadRecording, match=message):
        check_labels(dataset(dim, labels))


def test_a_dim_without_labels():
    with pytest.raises(BadRecording, match="dim 'time' has no labels"):
        check_labels(xr.Dataset({"x": ("time", [1.0])}))


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (range(8), "0, 1, 2, 3, 4, 5, 6, 7"),
        (range(9), "0, 1, 2, ..., 8"),
        (["x" * 70], "x" * 56 + ".."),
    ],
)
def test_many_labels_are_cut(labels, text):
    assert listed(np.array(list(labels))) == text

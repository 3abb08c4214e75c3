"""LSTM and GRU beside each other."""

import dataclasses

import numpy as np
import pytest
import xarray as xr

from gradviz.gallery.claim import ClaimRefused
from gradviz.gallery.figures import lstm_beside_gru as figure

SETTINGS = figure.Settings(inputs=5, units=7)


def planted(lstm=400, gru=300, apart=0.0):
    return {
        "lstm": xr.DataTree(xr.Dataset({"parameters": lstm})),
        "gru": xr.DataTree(xr.Dataset({"parameters": gru, "apart": apart})),
    }


def test_the_parameters_by_hand():
    data = figure._cells(SETTINGS)
    one = 7 * (5 + 7) + 2 * 7  # weights and both biases of a block
    assert int(data["lstm"]["parameters"]) == 4 * one
    assert int(data["gru"]["parameters"]) == 3 * one
    more = figure._cells(dataclasses.replace(SETTINGS, units=8))
    assert int(more["gru"]["parameters"]) == 3 * (8 * 13 + 16)


def test_one_gate_of_the_gru_weighs_old_and_new():
    data = figure._cells(SETTINGS)
    assert 0 < float(data["gru"]["apart"]) < 1e-6
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == "quarter_less"
    other = figure._cells(dataclasses.replace(SETTINGS, seed=1))
    assert float(other["gru"]["apart"]) < 1e-6


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "quarter_less"),
        ({"gru": 200}, "less"),
        ({"gru": 400}, "not_less"),
        ({"gru": 500}, "not_less"),
        ({"apart": 0.1}, "not_merged"),
    ],
)
def test_the_data_decide_the_title(changes, outcome):
    data = planted(**changes)
    (title,) = figure.claims(data, SETTINGS)
    assert title.outcome == outcome
    assert figure.compose(data, SETTINGS).get_suptitle().replace("\n", " ") == title.sentence
    assert figure.caption(data, SETTINGS).claim == title.sentence


@pytest.mark.parametrize("changes", [{"gru": np.nan}, {"apart": np.nan}])
def test_without_numbers_nothing_is_said(changes):
    with pytest.raises(ClaimRefused, match="lstm_beside_gru"):
        figure.claims(planted(**changes), SETTINGS)


def test_gates_that_do_the_same_stand_under_each_other():
    above, below = figure.compose(planted(), SETTINGS).axes
    boxes = [{box.get_gid(): box for box in ax.patches if box.get_gid()} for ax in (above, below)]
    assert list(boxes[0]) == ["forget", "input", "candidate", "output"]
    assert list(boxes[1]) == ["update", "candidate", "reset"]
    left, right = boxes[0]["forget"], boxes[0]["input"]
    merged = boxes[1]["update"]
    assert merged.get_x() == pytest.approx(left.get_x())
    assert merged.get_x() + merged.get_width() == pytest.approx(right.get_x() + right.get_width())
    assert boxes[0]["candidate"].get_x() == boxes[1]["candidate"].get_x()
    assert "400" in above.get_title()
    assert "300" in below.get_title()
    assert figure.numbers(planted(), SETTINGS)["parameters"].tolist() == [400, 300]

"""A record that does not fit the vocabulary is refused, with the place that is wrong."""

from dataclasses import replace

import numpy as np
import pytest

from gradviz import vocabulary as v
from gradviz.errors import UnknownName
from gradviz.recording.check_record import check_record, sizes_of


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"module": ""}, "a printable name without '/' in a recording; got ''"),
        ({"module": "a/b"}, "a printable name without '/' in a recording; got 'a/b'"),
        ({"call": -1}, "call of 'lstm' in step 3 is -1; calls count from 0"),
        ({"samples": np.array([2, 1])}, "samples of 'lstm' must ascend"),
        (
            {"variables": {v.STATE_H: np.zeros((2, 1, 3))}},
            r"'state_h' of 'lstm' in step 3 has shape \(2, 1, 3\); "
            r"expected \(layer, direction, time, sample=2\)",
        ),
        (
            {"variables": {v.GATE_MEAN: np.zeros((2, 1, 3, 4))}},
            r"has shape \(2, 1, 3, 4\); expected \(layer=2, direction=1, time=3, gate=3\)",
        ),
        (
            {"variables": {v.STATE_H: np.zeros((2, 3, 3, 2))}},  # there are two directions at most
            r"has shape \(2, 3, 3, 2\); expected \(layer=2, direction=3, time=3, sample=2\)",
        ),
    ],
)
def test_records_that_do_not_fit(record, changes, message):
    with pytest.raises(ValueError, match=message):
        check_record(replace(record(3), **changes))


def test_names_that_are_not_in_the_vocabulary(record):
    with pytest.raises(UnknownName, match="unknown cell 'gruu'; did you mean 'gru'"):
        check_record(replace(record(0), cell="gruu"))
    with pytest.raises(UnknownName, match="unknown variable 'state'; did you mean 'state_"):
        check_record(replace(record(0), variables={"state": np.zeros((2, 1, 3, 2))}))


def test_sizes_of_all_dims(record):
    assert sizes_of(record(0)) == {
        "sample": 2,
        "gate": 3,
        "path": 5,
        "layer": 2,
        "direction": 1,
        "time": 3,
        "unit": 3,
    }


def test_a_record_without_states_has_no_direction(record):
    one = replace(record(0), variables={v.INPUT_NORM: np.zeros((3, 2))})
    check_record(one)
    assert sizes_of(one) == {"sample": 2, "gate": 3, "path": 5, "time": 3}

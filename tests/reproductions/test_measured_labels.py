"""Every number that a measure may give has a label."""

import pytest

from gradviz.reproductions.measure_table import MEASURED, measure_of
from gradviz.reproductions.measured_labels import LABELS, label_and_unit, label_of


@pytest.mark.parametrize("name", MEASURED)
def test_the_labels_are_of_the_numbers_that_the_measure_may_give(name):
    assert set(LABELS[name]) == set(measure_of(name).NAMES)


def test_labels_of_families():
    assert label_of("left_forget_0") == "forget gate, first layer: below 0.1 (share of the time)"
    assert label_of("often_left_update_7") == "update gate, layer 7: nearly always below 0.1 (share of units)"
    assert label_and_unit("saturated_2") == (
        "all gates, third layer: below 0.1 or above 0.9",
        "share of the time",
    )
    assert label_and_unit("not_known") == ("not known", "")

"""Swept tables are told apart by as few keys as will do."""

import pytest

from gradviz.experiment.sweep.short_values import short_points, short_tables

SHORT, LONG = ({"name": "copy_memory", "delay": delay, "symbols": 3} for delay in (10, 40))
ADDING = {"name": "adding"}


@pytest.mark.parametrize(
    ("values", "short"),
    [
        ([SHORT, LONG], [{"delay": 10}, {"delay": 40}]),
        (
            [SHORT, LONG, ADDING],
            [{"name": "copy_memory", "delay": 10}, {"name": "copy_memory", "delay": 40}, ADDING],
        ),
        ([SHORT, SHORT], [SHORT, SHORT]),
        ([SHORT, {**SHORT, "alphabet": 4}], [SHORT, {"alphabet": 4}]),
        (["default", {"name": "chrono", "t_max": 9}], ["default", {"name": "chrono"}]),
        ([1.0, [2, 3], "none"], [1.0, [2, 3], "none"]),
    ],
)
def test_tables(values, short):
    assert short_tables(values) == short


def test_points_may_have_other_keys():
    points = [{"task": SHORT, "seed": 0}, {"model.cell": "gru"}, {"task": LONG, "seed": 0}]
    assert short_points(points) == [
        {"task.delay": 10, "seed": 0},
        {"model.cell": "gru"},
        {"task.delay": 40, "seed": 0},
    ]

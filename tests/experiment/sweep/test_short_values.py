"""Swept tables are told apart by as few keys as will do."""

import pytest

from gradviz.experiment.sweep.short_values import short_points, short_tables

COPY = [{"name": "copy_memory", "delay": delay, "symbols": 3} for delay in (10, 40)]
ADDING = {"name": "adding"}


@pytest.mark.parametrize(
    ([*COPY, {"name": "adding"}]values", "short"),
    [
        ([*COPY, {"name": "adding"}]OPY, [{"delay": 10}, {"delay": 40}]),
        (
            [*COPY, {"name": "adding"}],
            [{**COPY[0], "symbols": 0}, {**COPY[1], "symbols": 0}, {"name": "adding"}],
        ),
        ([COPY[0], COPY[0]], [COPY[0], COPY[0]]),
        ([COPY[0], {**COPY[0], "alphabet": 4}], [COPY[0], {"alphabet": 4}]),
        (["default", {"name": "chrono", "t_max": 9}], ["default", {"name": "chrono"}]),
        ([1.0, [2, 3], "none"], [1.0, [2, 3], "none"]),
    ],
)
def test_tables(values, short):
    assert short_tables(values) == short


def test_points_may_have_other_keys():
    points = [{"task": COPY[0], "seed": 0}, {"model.cell": "gru"}, {"task": COPY[1], "seed": 0}]
    assert short_points(points) == [
        {"task.delay": 10, "seed": 0},
        {"model.cell": "gru"},
        {"task.delay": 40, "seed": 0},
    ]

"""Names and order of points, also where what orders them stands inside of a swept table."""

import pytest
from invented_results import a_run

from gradviz.reproductions.runs_by_point import name_of, numeric_key, runs_by_point


def points(*values):
    return runs_by_point([a_run(value, seed) for value in values for seed in (0, 1)])


def test_a_number_inside_of_a_swept_table_orders_the_points():
    gains = [{"model.init": {"name": "orthogonal", "gain": gain}} for gain in (2.0, 0.5, 1.0)]
    found = points(*gains)
    assert numeric_key(found) == "model.init.gain"
    assert [point.name for point in found] == ["gain 0.5", "gain 1.0", "gain 2.0"]
    assert [len(point.runs) for point in found] == [2, 2, 2]


@pytest.mark.parametrize(
    "values",
    [
        [
            {"model.cell": cell, "model.hidden_size": size}
            for cell, size in (("lstm", 9), ("gru", 10), ("rnn", 20))
        ],
        [
            {"model.init": one}
            for one in ("default", {"name": "forget_bias", "value": 0.0}, {"name": "chrono"})
        ],
        [{"task.length": length} for length in (10, 20)],
    ],
)
def test_no_number_orders_points_that_differ_in_more_or_are_too_few(values):
    found = points(*values)
    assert numeric_key(found) is None
    assert [point.values for point in found] == values


def test_points_of_a_group_are_in_the_order_of_their_number():
    values = [{"task.length": n, "training.omega": omega} for n in (40, 10, 20) for omega in (None, 0.5)]
    assert [point.name for point in points(*values)] == [
        f"length {n}, {omega}" for omega in ("no omega", "omega 0.5") for n in (10, 20, 40)
    ]


def test_an_initialisation_stands_with_its_value():
    biases = [{"name": "forget_bias", "value": value} for value in (0.0, 1.0)]
    found = points(*({"model.init": one} for one in ("default", *biases)))
    assert [point.name for point in found] == ["default start", "forget bias 0", "forget bias 1"]
    assert (
        name_of({"model.init.name": "forget_bias", "model.init.value": 0.5}, ["model.init.value"])
        == "value 0.5"
    )

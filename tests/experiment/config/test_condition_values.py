"""Conditions of claims and columns of tables in one form."""

import pytest

from gradviz.experiment.config.condition_values import (
    conditions_of,
    in_words,
    is_about,
    table_has,
    value_on_axis,
    with_plain_init,
)

CHRONO = {"name": "chrono", "t_max": 9}


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("chrono", {"model.init": "chrono"}),
        (CHRONO, {"model.init": "chrono", "model.init_options.t_max": 9}),
        ([CHRONO], {"model.init": "chrono", "model.init_options.t_max": 9}),
        (["default", CHRONO], {"model.init": "chrono", "model.init_options.t_max": 9}),
        (("orthogonal", "chrono"), {"model.init": ["orthogonal", "chrono"]}),
        (
            ["orthogonal", CHRONO],
            {"model.init": ["orthogonal", "chrono"], "model.init_options.chrono.t_max": 9},
        ),
        ([3], {"model.init": [3]}),
        ([], {"model.init": []}),
    ],
)
def test_an_initialisation(init, expected):
    assert with_plain_init({"model.init": init}) == expected
    assert with_plain_init({"model": {"init": init}, "seed": 1}) == {**expected, "seed": 1}


def test_only_limits_are_left_out_by_a_word():
    given = {"training": {"clip_norm": "none", "bptt": 3}, "task.name": "none"}
    assert conditions_of(given) == {"training.clip_norm": None, "training.bptt": 3, "task.name": "none"}


@pytest.mark.parametrize(
    ("key", "other", "among", "expected"),
    [
        ("task", "task.length", (), True),
        ("task", "task", (), True),
        ("task.length", "task", (), False),
        ("task", "tasks.length", (), False),
        ("model.init", "model.init_options.value", ("model.init",), True),
        ("model.init", "model.init_options.value", ("model.init", "model.init_options.value"), False),
        ("model.cell", "model.init_options.value", (), False),
    ],
)
def test_what_a_key_is_about(key, other, among, expected):
    assert is_about(key, other, among) is expected


def test_words():
    values = {"task": {"name": "adding", "length": [3, 4]}, "model.cell": "gru", "training.omega": None}
    assert in_words(values) == 'task={name = "adding", length = [3, 4]}, model.cell=gru, training.omega=none'


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"name": "adding", "length": [3, 4]}, "adding\nlength [3, 4]"),
        ({"clip_norm": "none", "omega": 2.0}, "clip_norm none\nomega 2.0"),
        (["orthogonal", CHRONO], "orthogonal\nchrono\nt_max 9"),
        ([3, 4], "[3, 4]"),
        ("default", "default"),
        (True, "true"),
    ],
)
def test_labels(value, label):
    assert value_on_axis(value) == label


@pytest.mark.parametrize(
    ("there", "wanted", "met"),
    [
        ({"task": {"length": 20}}, {"task.length": [20, 40]}, True),
        ({"task": {"length": 30}}, {"task.length": [20, 40]}, False),
        ({"task": {"length": [20, 40]}}, {"task.length": [20, 40]}, True),
        ({"task": {"length": [20, 30]}}, {"task.length": [20, 40]}, False),
        ({"task": {"length": (20, 40)}}, {"task.length": [20, 40]}, True),
        ({"training": {"clip_norm": None}}, {"training.clip_norm": [1.0, "none"]}, True),
        ({"training": {"clip_norm": 2.0}}, {"training.clip_norm": [1.0, "none"]}, False),
        ({"model": {"init": "orthogonal"}}, {"model.init": ["orthogonal", "chrono"]}, False),
        ({"model": {"init": ["orthogonal", "chrono"]}}, {"model.init": ["orthogonal", "chrono"]}, True),
    ],
)
def test_a_list_is_any_of_its_values_or_itself(there, wanted, met):
    assert table_has(there, conditions_of(wanted)) is met

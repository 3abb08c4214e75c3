"""The tree of a whole recording."""

import pytest


def test_curves_are_complete_and_a_module_has_them_at_its_steps(record, recording):
    tree = recording(record(0), record(2), metadata={"seed": 3})
    assert tree["loss"].dims == ("iteration",)
    assert tree["loss"].values.tolist() == [1, 1 / 2, 1 / 3]
    assert tree["lstm"]["loss"].dims == ("step",)
    assert tree["lstm"]["loss"].values.tolist() == [1, 1 / 3]
    assert tree.attrs["seed"] == 3


def test_a_metric_cannot_take_the_name_of_a_module(record, recording):
    with pytest.raises(ValueError, match="a metric cannot be called 'loss'"):
        recording(record(0, module="loss"))

"""TOML's lists and Python's tuples."""

from gradviz.experiment.config.toml_values import as_option, lists_to_tuples, tuples_to_lists


def test_lists_become_tuples():
    assert lists_to_tuples({"length": [2, [3]], "name": "a"}) == {"length": (2, (3,)), "name": "a"}
    assert as_option([1, 2]) == (1, 2)


def test_tuples_become_lists_and_none_is_left_out():
    assert tuples_to_lists({"length": (2, 3), "file": None, "name": "a"}) == {"length": [2, 3], "name": "a"}

"""The task of a curriculum has its last length; whatever is wrong with a table is left to be found."""

import pytest

from gradviz.experiment.config.task_of_curriculum import with_last_length

LENGTHS = {"lengths": [3, 8]}


def test_it_is_added_where_it_is_missing():
    table = {"task": {"name": "copy_memory", "symbols": 2}, "curriculum": LENGTHS}
    assert with_last_length(table)["task"] == {"name": "copy_memory", "symbols": 2, "delay": 8}
    assert "delay" not in table["task"]


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"task": {"name": "adding"}},
        {"task": 3, "curriculum": LENGTHS},
        {"task": {"name": "adding", "length": 5}, "curriculum": LENGTHS},
        {"task": {"name": "ading"}, "curriculum": LENGTHS},
        {"task": {"name": ["adding"]}, "curriculum": LENGTHS},
        {"task": {"name": "text"}, "curriculum": LENGTHS},
        {"task": {"name": "adding"}, "curriculum": {"lengths": []}},
        {"task": {"name": "adding"}, "curriculum": {"lengths": 3}},
        {"task": {"name": "adding"}, "curriculum": {}},
    ],
)
def test_else_nothing_is_changed(table):
    assert with_last_length(table) is table

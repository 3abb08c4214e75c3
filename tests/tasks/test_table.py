"""Tasks by name."""

import pytest

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.tasks.table import TASKS, make_task


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_knows_its_name(name):
    assert make_task(name).name == name
    assert isinstance(make_task(name), getattr(gv.tasks, name))


def test_an_unknown_task_suggests_the_nearest():
    with pytest.raises(
        UnknownName, match=r"unknown task 'ading'; did you mean 'adding'\? \(adding, copy_memory\)"
    ):
        make_task("ading")

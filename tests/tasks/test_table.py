"""Tasks by name."""

import importlib
import pickle

import pytest

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.tasks.table import TASKS, make_task


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_knows_its_name(name):
    assert make_task(name).name == name
    assert isinstance(make_task(name), getattr(gv.tasks, name))
    assert pickle.loads(pickle.dumps(make_task(name))) == make_task(name)


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_file_of_the_same_name_does_not_hide_the_task(name):
    importlib.import_module(f"gradviz.tasks.{name}")
    assert callable(getattr(gv.tasks, name))


def test_an_unknown_option_suggests_the_nearest():
    assert make_task("adding", length=7).length == 7
    with pytest.raises(UnknownName, match=r"option of the task 'adding': 'lenght'; did you mean 'length'\?"):
        make_task("adding", lenght=7)


def test_an_unknown_task_suggests_the_nearest():
    with pytest.raises(
        UnknownName, match=r"unknown task 'ading'; did you mean 'adding'\? \(adding, copy_memory, text\)"
    ):
        make_task("ading")

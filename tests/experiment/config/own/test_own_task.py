"""A task of one's own: what it must have, and what is not known of it."""

import copy
import dataclasses
import types

import pytest
import torch
from own_sources import FILES, TABLE, write_sources

import gradviz as gv
from gradviz.experiment.config.own.own_task import as_task, task_complaints, with_attributes
from gradviz.experiment.config.resolve import resolve
from gradviz.experiment.own_code.reference import BadSource


class Bare:
    def batch(self, size, generator):
        return size

    def loss(self, outputs, targets):
        return outputs


def with_(**attributes):
    made = Bare()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def test_what_is_not_known_says_so():
    task = as_task(Bare(), "mine.py:make")
    assert (task.name, task.lag, task.fixed_lag, task.baseline) == ("mine.py:make", 0, False, None)
    assert (task.every_step, list(task.informative), task.metric_goal) == (False, [], None)
    assert not hasattr(task, "metric")
    assert task.batch(3, None) == 3
    assert not hasattr(task, "input_size")
    assert not hasattr(task, "carries_state")


def test_what_it_has_is_its_own():
    task = as_task(with_(name="mine", lag=9, baseline=0.5, input_size=2, carries_state=True), "x")
    assert (task.name, task.lag, task.baseline, task.input_size, task.carries_state) == (
        "mine",
        9,
        0.5,
        2,
        True,
    )
    assert copy.deepcopy(task).lag == 9
    adding = gv.tasks.adding(7)
    assert as_task(adding, "x") is adding


def test_what_it_lacks_is_told_with_its_use():
    assert task_complaints(Bare(), "make()") == []
    (complaint,) = task_complaints(object(), "make()")
    assert complaint == (
        "make() returned a value of type object, which needs batch(size, generator): the inputs and the "
        "targets of that many sequences and loss(outputs, targets): the number that training minimises"
    )
    (complaint,) = task_complaints(Bare, "make()")
    assert complaint == "make() returned the class Bare; it must return an object of it: Bare()"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"lag": -1}, "whose lag is -1; it must be a whole number of time steps, 0 if not known"),
        ({"lag": 2.0}, "whose lag is 2.0"),
        ({"input_size": 0}, "whose input_size is 0; it must be the number of inputs of a time step"),
        ({"baseline": float("nan")}, "whose baseline is nan; it must be a finite number, or None"),
        ({"every_step": 1}, "whose every_step is 1; it must be True or False"),
        ({"informative": "ab"}, "whose informative is 'ab'; it must be whole numbers"),
        ({"metric": 3}, "whose metric is 3"),
        ({"metric_goal": "up"}, 'whose metric_goal is \'up\'; it must be "max" or "min"'),
        ({"metric_name": "loss"}, "whose metric_name is 'loss'; it must be text, and none of step, loss"),
    ],
)
def test_an_attribute_of_a_wrong_kind(attributes, expected):
    (complaint,) = task_complaints(with_(**attributes), "make()")
    assert complaint.startswith(f"make() returned a value of type Bare {expected}")
    right = {"lag": 3, "input_size": 1, "baseline": 0, "every_step": True, "informative": range(3)}
    assert task_complaints(with_(**right, metric=len, metric_goal="min"), "make()") == []


@dataclasses.dataclass(frozen=True)
class Frozen(Bare):
    length: int = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    length: int = 3

    def batch(self, size, generator):
        return size * self.length

    def loss(self, outputs, targets):
        return outputs


@pytest.mark.parametrize("kind", [Frozen, Slotted])
def test_a_completed_task_is_still_of_its_class_and_can_have_another_length(kind):
    given = kind()
    task = as_task(given, "x")
    assert isinstance(task, kind)
    longer = dataclasses.replace(task, length=5)
    assert (longer.length, longer.lag, longer.name, task.length) == (5, 0, "x", 3)
    assert not hasattr(given, "lag")
    assert repr(task) == repr(given)


def test_attributes_take_the_place_of_those_of_the_object():
    task = with_attributes(with_(metric_name="old", lag=3), {"metric_name": "new", "metric": len})
    assert (task.metric_name, task.lag, task.metric([1, 2])) == ("new", 3, 2)
    with pytest.raises(BadSource, match="a task of type module cannot be completed"):
        as_task(types, "x")


def test_a_run_does_not_see_what_another_changed_of_the_task(tmp_path):
    """Points of a sweep share a process; their numbers must be those of each alone."""
    head = "def batch(self, size, generator):\n"
    assert FILES["mytasks.py"].count(head) == 1
    counted = f"{head}        self.count = getattr(self, 'count', 0) + 1\n"
    write_sources(tmp_path, mytasks=FILES["mytasks.py"].replace(head, counted))
    for _ in range(2):
        task = resolve(TABLE, folder=tmp_path).built_task
        assert not hasattr(task, "count")
        task.batch(2, torch.Generator())
        assert task.count == 1

"""The option that sets the length of a task's sequences."""

import pytest

import gradviz as gv
from gradviz.tasks.task_length import length_option, with_length
from gradviz.tasks.task_table import TASKS


def test_every_task_of_the_table():
    found = {name: length_option(task) for name, task in TASKS.items()}
    assert found["copy_memory"] == "delay"
    assert found["text"] is None
    assert {"adding", "temporal_order", "parity", "latch"} <= {n for n, o in found.items() if o == "length"}


def test_the_other_options_stay():
    task = gv.tasks.parity(length=20, bits=3)
    assert with_length(task, 8) == gv.tasks.parity(length=8, bits=3)
    assert with_length(gv.tasks.copy_memory(9, 3, 4), 2) == gv.tasks.copy_memory(2, 3, 4)
    with pytest.raises(ValueError, match="bits = 3"):
        with_length(task, 2)


def test_a_task_without_the_option():
    with pytest.raises(TypeError, match="the task 'object' has no option for the length of its sequences"):
        with_length(object(), 3)

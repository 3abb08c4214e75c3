"""A member is determined by its number; every fault is in both halves."""

from collections import Counter

import pytest

from gradviz.benchmark.population.draw import draw
from gradviz.benchmark.population.faults import FAULTS
from gradviz.benchmark.population.held_out import HELD_OUT

CYCLE = range(4 * len(FAULTS))


def test_the_same_number_is_the_same_member():
    assert draw(7, 1) == draw(7, 1)
    assert draw(7, 1).setup != draw(7, 2).setup
    assert draw(7, 0, held_out=True).fault.name in HELD_OUT


def test_every_fault_is_once_in_each_half_and_half_of_the_members_have_none():
    members = [draw(number, 0) for number in CYCLE]
    for half in ("tuning", "test"):
        own = [member for member in members if member.half == half]
        assert sum(member.fault is None for member in own) == len(FAULTS)
        assert Counter(member.fault.name for member in own if member.fault) == dict.fromkeys(FAULTS, 1)


def test_held_out_faults_are_other_ones_and_are_in_both_halves():
    assert len(HELD_OUT) == 5
    assert not set(HELD_OUT) & set(FAULTS)
    members = [draw(number, 0, held_out=True) for number in range(2 * len(HELD_OUT))]
    assert Counter((member.half, member.fault.name) for member in members) == {
        (half, name): 1 for half in ("tuning", "test") for name in HELD_OUT
    }


def test_there_are_enough_faults_and_they_differ():
    assert len(FAULTS) >= 25
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert (fault.code is not None) + (fault.weights is not None) + (fault.data is not None) == 1


@pytest.mark.parametrize("number", range(0, 48, 4))
def test_without_a_fault_the_code_is_right(number):
    setup = draw(number, 0).setup
    assert draw(number, 0).faulted == setup
    assert setup.reads != "last_step" or setup.directions == 1
    assert (setup.zeroes_grad, setup.hands_on, setup.squashed, setup.unpacked) == (True, True, False, False)
    assert (setup.detach_every, setup.window, setup.rows_read) == (None, None, 1.0)
    assert setup.axes in ("batch_first", "transpose")

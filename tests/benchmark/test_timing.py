"""Paired runs alternate in both orders, and ratios are taken pair by pair."""

import gc

import pytest

from gradviz.benchmark.timing import (
    MIN_PAIRS,
    WARMUP_RUNS,
    PairedTimes,
    quartiles,
    ratios,
    ratios_to_floor,
    time_pairs,
)


class Machine:
    """A clock, and two functions that take a given time."""

    def __init__(self, native, measured):
        self.now = 0.0
        self.log = []
        self.lasts = {"native": iter(native), "measured": iter(measured)}

    def run(self, name):
        def work():
            self.log.append(name)
            self.now += next(self.lasts[name])

        return work

    def time(self, **options):
        return time_pairs(self.run("native"), self.run("measured"), clock=lambda: self.now, **options)


def test_runs_alternate_and_so_does_the_first():
    warm = [100.0] * WARMUP_RUNS
    machine = Machine([*warm, 1.0, 2.0, 4.0], [*warm, 3.0, 3.0, 6.0])
    times = machine.time(pairs=3)
    assert times == PairedTimes(native=[1.0, 2.0, 4.0], measured=[3.0, 3.0, 6.0], floor=[])
    assert machine.log[: 2 * WARMUP_RUNS] == ["native", "measured"] * WARMUP_RUNS
    turns = ["native", "measured", "measured", "native", "native", "measured"]
    assert machine.log[2 * WARMUP_RUNS :] == turns


def test_it_stops_before_a_pair_that_would_end_too_late():
    assert len(Machine([2.0] * 99, [3.0] * 99).time(pairs=15, seconds=31.0).native) == 6
    assert len(Machine([2.0] * 99, [3.0] * 99).time(pairs=15, seconds=30.0).native) == 6
    assert len(Machine([2.0] * 99, [3.0] * 99).time(pairs=15, seconds=29.0).native) == 5


def test_there_are_a_few_pairs_however_long_they_take():
    assert len(Machine([50.0] * 99, [60.0] * 99).time(pairs=15, seconds=1.0).measured) == MIN_PAIRS
    assert len(Machine([50.0] * 99, [60.0] * 99).time(pairs=2, seconds=1.0).measured) == 2
    assert len(Machine([50.0] * 99, [60.0] * 99).time(pairs=15).measured) == 15


def test_waiting_for_the_device_is_timed_after_a_run_and_not_before():
    pending = [0.0]
    now = [0.0]

    def launch(seconds):
        def work():
            pending[0] += seconds

        return work

    def synchronize():
        now[0] += pending[0]
        pending[0] = 0.0

    found = time_pairs(launch(1.0), launch(3.0), pairs=4, clock=lambda: now[0], synchronize=synchronize)
    assert found == PairedTimes([1.0] * 4, [3.0] * 4, [])


def test_garbage_is_not_collected_in_a_run_and_is_afterwards_as_before():
    inside = []
    time_pairs(lambda: inside.append(gc.isenabled()), lambda: None, pairs=2)
    assert inside == [True] * WARMUP_RUNS + [False] * 2
    assert gc.isenabled()


def test_collection_comes_back_after_an_error():
    left = iter([None] * (WARMUP_RUNS + 1))
    with pytest.raises(StopIteration):
        time_pairs(lambda: next(left), lambda: None, pairs=5)
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_quartiles_by_hand():
    assert quartiles([5.0, 1.0, 3.0, 2.0, 4.0]) == (2.0, 3.0, 4.0)
    assert quartiles([1.0, 2.0, 3.0, 4.0]) == (1.75, 2.5, 3.25)
    assert quartiles([7.0]) == (7.0, 7.0, 7.0)


def test_the_ratio_is_of_each_pair():
    times = PairedTimes(native=[1.0, 10.0, 100.0], measured=[2.0, 11.0, 300.0], floor=[])
    assert ratios(times) == [2.0, 1.1, 3.0]
    assert quartiles(ratios(times)).median == 2.0  # the ratio of the medians would be 1.1


def test_with_a_floor_three_functions_run_in_turn():
    machine = Machine([100.0] * WARMUP_RUNS + [1.0, 2.0, 4.0], [100.0] * WARMUP_RUNS + [3.0, 3.0, 6.0])
    machine.lasts["floor"] = iter([100.0] * WARMUP_RUNS + [0.5, 1.0, 2.0])
    times = machine.time(pairs=3, floor=machine.run("floor"))
    assert times.floor == [0.5, 1.0, 2.0]
    assert ratios_to_floor(times) == [2.0, 1.0, 1.0]
    one, two, three = "native", "measured", "floor"
    assert machine.log[3 * WARMUP_RUNS :] == [one, two, three, two, three, one, three, one, two]

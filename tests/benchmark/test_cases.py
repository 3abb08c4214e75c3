"""The table of cases: which have a limit, where, and which one."""

from dataclasses import replace

from gradviz.benchmark.cases import CASES
from gradviz.benchmark.settings import Settings


def test_the_limits_at_100_time_steps():
    cpu = {name: case.limit(100, Settings()) for name, case in CASES.items()}
    assert cpu == {
        "samples_16": 1.2,
        "samples_all": 1.3,
        "every_20": 1.03,
        "loop_retain_grad": None,
        "loop_hooks": None,
        "step_jacobian_norms": 0.01,
    }
    assert CASES["samples_16"].limit(100, Settings(device="cuda")) == 3.0
    assert CASES["samples_all"].limit(100, Settings(device="cuda")) is None


def test_the_limits_hold_for_longer_sequences_and_not_for_shorter_ones_or_small_layers():
    case = CASES["samples_16"]
    assert case.limit(200, Settings()) == 1.2
    assert case.limit(50, Settings()) is None
    assert case.limit(100, replace(Settings(), hidden_size=64)) is None


def test_a_run_of_20_steps_has_one_recorded_step_and_is_not_measured_on_long_sequences():
    case = CASES["every_20"]
    assert case.steps_per_run == 20
    assert [length for length in (25, 100, 101) if case.covers(length)] == [25, 100]
    assert CASES["samples_16"].covers(10**6)


def test_only_the_jacobians_are_no_training_step_and_few_pairs_of_one_sequence_are_enough():
    assert [name for name, case in CASES.items() if not case.is_training] == ["step_jacobian_norms"]
    case = CASES["step_jacobian_norms"]
    assert case.batch_size == 1
    assert [case.pairs(Settings(pairs=pairs)) for pairs in (2, 15)] == [2, 3]
    assert CASES["samples_16"].pairs(Settings(pairs=15)) == 15


def test_recorded_steps_have_a_floor():
    assert [name for name, case in CASES.items() if case.floor] == ["samples_16", "samples_all"]

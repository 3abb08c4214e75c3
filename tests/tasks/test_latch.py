"""The latch problem."""

import math

import pytest
import torch
from batches import assert_even, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(low=st.integers(1, 30), more=st.none() | st.integers(0, 20), seed=st.integers(0, 99), data=st.data())
def test_the_class_is_the_sign_of_the_signal(low, more, seed, data):
    signal = data.draw(st.integers(1, low))
    task = gv.tasks.latch(low if more is None else (low, low + more), signal)
    inputs, targets = task.batch(6, seeded(seed))
    for sequence, target in zip(one_by_one(inputs), targets.tolist(), strict=True):
        assert sequence[:signal].flatten().tolist() == [1.0 if target == 1 else -1.0] * signal
        assert low <= len(sequence) <= low + (more or 0)


def test_what_follows_is_noise_of_that_variance():
    inputs, _ = gv.tasks.latch(13, signal=3).batch(4000, seeded(0))
    noise = inputs[:, 3:].double()
    count = noise.numel()
    assert abs(noise.mean().item()) < 5 * (0.2 / count) ** 0.5
    assert abs(noise.var().item() - 0.2) < 5 * 0.2 * (2 / count) ** 0.5  # the variance's standard error
    assert inputs[:, 3:].std(0).min() > 0.4


def test_free_of_noise_there_is_none():
    inputs, _ = gv.tasks.latch(9, variance=0.0).batch(8, seeded(0))
    assert not inputs[:, 3:].any()


def test_a_noisy_signal_stands_around_its_class():
    inputs, targets = gv.tasks.latch(6, variance=0.3, noisy_signal=True).batch(5000, seeded(0))
    around = (inputs[:, :3, 0] - (2 * targets - 1).unsqueeze(-1)).double()
    assert abs(around.mean().item()) < 5 * (0.3 / around.numel()) ** 0.5
    assert abs(around.var().item() - 0.3) < 5 * 0.3 * (2 / around.numel()) ** 0.5


def test_baseline_even_classes_lag_and_informative_steps():
    task = gv.tasks.latch((20, 30), signal=4)
    _, targets = task.batch(20000, seeded(1))
    assert_even(targets, 2)
    assert task.loss(torch.zeros(20000, 2), targets).item() == pytest.approx(task.baseline, rel=1e-6)
    assert task.baseline == pytest.approx(math.log(2))
    assert (task.lag, task.informative) == (26, range(4))


def test_bad_options():
    with pytest.raises(
        ValueError, match="signal = 3: must be a whole number from 1 to 2, the shortest length"
    ):
        gv.tasks.latch((2, 9))
    with pytest.raises(ValueError, match=r"variance = -1: must be a finite number of at least 0"):
        gv.tasks.latch(variance=-1)
    with pytest.raises(ValueError, match=r"noisy_signal = 1: must be true or false"):
        gv.tasks.latch(noisy_signal=1)

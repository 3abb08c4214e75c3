"""The generator of random numbers: its Python twin, its distributions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.core.generator import Generator
from report.core.javascript import new_core

SEEDS = [0, 1, 2**31, 2**32 - 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_twin_draws_the_same(core, seed):
    for kind in ("bits", "uniform"):
        twin = Generator(seed)
        assert core.call("draws", seed=seed, count=200, kind=kind).tolist() == [
            getattr(twin, kind)() for _ in range(200)
        ]
    twin = Generator(seed)
    normal = [twin.normal() for _ in range(201)]
    np.testing.assert_allclose(core.call("draws", seed=seed, count=201, kind="normal"), normal, rtol=1e-12)


def test_the_first_numbers_by_hand():
    """From the state 1, 2, 3, 4: 10 turned by 7 bits is 1280, times 9 is 11520; then s1 is 0."""
    twin = Generator(0)
    twin.state = [1, 2, 3, 4]
    assert [twin.bits() for _ in range(2)] == [11520, 0]


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60))
@settings(max_examples=20, deadline=None)
def test_below(core, seed, n):
    twin = Generator(seed)
    found = core.call("draws", seed=seed, count=30, kind="below", n=n)
    assert found.tolist() == [twin.below(n) for _ in range(30)]
    assert ((found >= 0) & (found < n)).all()


def test_distributions(core):
    count = 50_000
    found = core.call("filled", seed=5, length=count, low=-2, high=3)
    uniform, normal = np.sort(found["uniform"]), np.sort(found["normal"])
    ranks = (np.arange(count) + 0.5) / count
    farthest = 1.95 / math.sqrt(count)  # Kolmogorov's bound, passed by one sample in a thousand
    assert np.abs((uniform + 2) / 5 - ranks).max() < farthest
    theory = np.array([0.5 * math.erfc(-value / math.sqrt(2)) for value in normal])
    assert np.abs(theory - ranks).max() < farthest
    assert abs(np.corrcoef(found["uniform"][:-1], found["uniform"][1:])[0, 1]) < 4 / math.sqrt(count)


@pytest.mark.parametrize("name", ["rnn", "gru"])
def test_initial_weights_are_torchs_distribution_in_torchs_order(core, name):
    hidden, inputs = 16, 3
    gates = {"rnn": 1, "gru": 3}[name]
    found = core.call("initialised", name=name, input=inputs, hidden=hidden, seed=9)
    twin = Generator(9)
    for parameter, length in zip(found, [gates * hidden * n for n in (inputs, hidden, 1, 1)], strict=True):
        expected = [-0.25 + 0.5 * twin.uniform() for _ in range(length)]
        np.testing.assert_allclose(parameter, expected, rtol=1e-14)


@pytest.mark.parametrize("seed", [-1, 0.5, 2**32, "1"])
def test_a_seed_that_is_no_whole_number_of_32_bits(core, seed):
    with pytest.raises(Exception, match=f"seed = {seed}: must be a whole number from 0 to"):
        core.call("draws", seed=seed, count=1, kind="bits")


def test_a_wrong_rotation_is_noticed():
    with pytest.raises(AssertionError):
        test_the_twin_draws_the_same(new_core([("rotated(this.s3, 11)", "rotated(this.s3, 12)")]), 1)

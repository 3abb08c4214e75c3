"""The trend of a series."""

import numpy as np
import pytest
from faults.trend import trend


def test_a_line_and_a_constant():
    assert trend([3.0 + 2.0 * place for place in range(40)]) == (2.0, 2.0, 2.0)
    assert trend([5.0] * 40) == (0.0, 0.0, 0.0)


def test_four_readings_by_hand():
    assert trend([0.0, 1.0, 4.0, 3.0]).slope == 1.0  # the median of -1, 1, 1, 1.5?, 2, 3


def test_noise_around_a_slope_is_within_the_interval():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(60):
        found = trend((0.1 * np.arange(50) + rng.normal(size=50)).tolist())
        inside += found.low <= 0.1 <= found.high
    assert inside >= 51  # 95 % of 60 are 57


def test_a_leak_is_seen_through_noise():
    rng = np.random.default_rng(1)
    assert trend((rng.normal(size=900)).tolist()).low < 0
    assert trend((0.01 * np.arange(900) + rng.normal(size=900)).tolist()).low > 0


@pytest.mark.parametrize("count", [3, 601, 5000])
def test_evenly_spaced_readings_are_taken_of_many(count):
    assert trend([7.0 * place for place in range(count)]).slope == pytest.approx(7.0)

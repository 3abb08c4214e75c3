"""The running median: computed by hand, at the ends, and of long curves."""

import numpy as np

from gradviz.plots.drawing.running_median import running_median


def test_by_hand_with_half_a_window_at_the_ends():
    middle = running_median(np.array([9.0, 1.0, 2.0, 8.0, 3.0]), window=3)
    np.testing.assert_allclose(middle, [5.0, 2.0, 2.0, 3.0, 5.5])


def test_one_wild_value_at_either_end_does_not_show():
    curve = np.ones(200)
    curve[[0, -1]] = 0.1
    np.testing.assert_array_equal(running_median(curve), 1.0)


def test_what_is_not_finite_stays_so_and_is_not_counted():
    middle = running_median(np.array([1.0, np.nan, 3.0, np.inf, 5.0]), window=3)
    np.testing.assert_array_equal(middle, [1.0, np.nan, 3.0, np.nan, 5.0])
    assert np.isnan(running_median(np.full(3, np.nan))).all()


def test_a_long_curve_is_followed_within_a_window():
    count = 50_000
    middle = running_median(np.arange(count, dtype=float))
    inside = slice(count // 40, -count // 40)
    np.testing.assert_allclose(middle[inside], np.arange(count)[inside], atol=1.0)

"""Fisher's exact test on tables that can be counted by hand."""

import pytest

from gradviz.gallery.exact_test import fisher_exact


def test_by_hand():
    # 4 runs, 3 successes against 1: of the 8 over 4 = 70 divisions, 16 + 16 + 1 + 1 are at most as probable
    assert fisher_exact(3, 1, 4) == pytest.approx((16 + 16 + 1 + 1) / 70)
    assert fisher_exact(4, 0, 4) == pytest.approx(2 / 70)


def test_equal_counts_are_no_difference():
    assert fisher_exact(7, 7, 20) == 1
    assert fisher_exact(0, 0, 20) == fisher_exact(20, 20, 20) == 1


def test_it_does_not_depend_on_the_order():
    assert fisher_exact(14, 3, 20) == fisher_exact(3, 14, 20)


def test_six_of_twenty_are_a_difference_only_near_the_ends():
    assert fisher_exact(0, 6, 20) == pytest.approx(0.0202, abs=1e-4)
    assert fisher_exact(7, 13, 20) > 0.05

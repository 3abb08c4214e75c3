"""Runs that agree, and the one in the middle."""

import numpy as np

from gradviz.gallery.agreement import middle_of, middle_run, most_are


def test_the_run_in_the_middle():
    assert middle_run([5.0, 1.0, 3.0]) == 2
    assert middle_run([5.0, 1.0, 3.0, 4.0]) == 2
    assert middle_run([np.nan, 1.0, 3.0]) == 2


def test_four_of_five_are_most():
    assert most_are([True, True, False, True, True])
    assert not most_are([True, True, False, True])


def test_the_middle_of_those_that_count():
    assert middle_of([5.0, 1.0, 3.0], [True, True, False]) == 1
    assert middle_of([5.0, 1.0, 3.0], np.array([True, False, True])) == 2
    assert middle_of([5.0, 1.0, 3.0], [False, False, False]) == 2

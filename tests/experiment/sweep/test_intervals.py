"""Confidence intervals by hand, against all resamples, and how often they hold the median."""

import itertools
import math
import statistics

import numpy as np
import pytest

from gradviz.experiment.sweep.intervals import (
    Bounds,
    difference_interval,
    difference_of_medians,
    median,
    median_interval,
    ratio_interval,
    ratio_of_medians,
)


def known(*values):
    return [Bounds(value, value) for value in values]


@pytest.mark.parametrize(
    ("count", "low", "coverage"),
    [  # rank of the lower end; coverage by the table of binomial probabilities
        (1, 1, 0.0),
        (2, 1, 0.5),
        (3, 1, 0.75),
        (5, 1, 0.9375),
        (6, 1, 0.96875),
        (8, 1, 0.9921875),
        (9, 2, 0.9609375),
        (10, 2, 0.978515625),
        (20, 6, 0.95861),
        (30, 10, 0.95723),
    ],
)
def test_the_median_lies_between_order_statistics(count, low, coverage):
    found = median_interval(known(*map(float, reversed(range(1, count + 1)))))
    assert found[:2] == (low, count + 1 - low)
    assert found.coverage == pytest.approx(coverage, abs=1e-5)


def test_coverage_is_how_often_it_holds_the_median():
    draws = np.random.default_rng(0).exponential(size=(2000, 9))  # median: log 2
    held = 0
    for draw in draws:
        low, high, coverage = median_interval(known(*draw))
        held += low <= math.log(2) <= high
    assert held / len(draws) == pytest.approx(coverage, abs=0.015)


def test_a_value_that_was_not_reached_has_no_upper_end():
    values = [*known(10, 20), Bounds(100, math.inf)]
    assert median_interval(values)[:2] == (10, math.inf)
    assert median(values) == (20, 20)
    assert median([*values, Bounds(100, math.inf)]) == (60, math.inf)


def test_the_ratio_of_few_values_against_all_resamples():
    top, bottom = (3.0, 8.0), (1.0, 2.0, 10.0)

    def medians(values):
        return [statistics.median(one) for one in itertools.product(values, repeat=len(values))]

    ratios = sorted(a / b for a in medians(top) for b in medians(bottom))
    cut = len(ratios) * 0.025
    found = ratio_interval(known(*top), known(*bottom))
    assert found == (ratios[math.ceil(cut) - 1], ratios[-math.ceil(cut)], 0.95)
    assert ratio_of_medians(known(*top), known(*bottom)) == (2.75, 2.75)
    assert ratio_interval(known(*top), known(*bottom)) == found  # the same random numbers


def test_the_difference_of_few_values_against_all_resamples():
    top, bottom = (-3.0, 8.0), (1.0, -2.0, -10.0)

    def medians(values):
        return [statistics.median(one) for one in itertools.product(values, repeat=len(values))]

    differences = sorted(a - b for a in medians(top) for b in medians(bottom))
    cut = len(differences) * 0.025
    found = difference_interval(known(*top), known(*bottom))
    assert found == (differences[math.ceil(cut) - 1], differences[-math.ceil(cut)], 0.95)
    assert difference_of_medians(known(*top), known(*bottom)) == (4.5, 4.5)
    assert difference_interval([Bounds(-1, math.inf)], known(2.0)) == (-3, math.inf, 0.0)
    infinite = known(math.inf)
    assert difference_of_medians(infinite, infinite) == (-math.inf, math.inf)


def test_numerator_and_denominator_are_resampled_independently():
    values = known(1.0, 2.0, 4.0, 8.0)
    low, high, _ = ratio_interval(values, values)  # both from the same numbers would give 1
    assert (low < 0.5, high > 2) == (True, True)


@pytest.mark.parametrize(
    ("top", "bottom", "ratio"),
    [
        (known(1200), known(400), (3, 3)),
        ([Bounds(2000, math.inf)], known(400), (5, math.inf)),
        (known(400), [Bounds(2000, math.inf)], (0, 0.2)),
        ([Bounds(2000, math.inf)], [Bounds(2000, math.inf)], (0, math.inf)),
        (known(0.0), known(0.0), (0, math.inf)),
        (known(math.inf), known(math.inf), (0, math.inf)),
        (known(1.0), known(0.0), (math.inf, math.inf)),
    ],
)
def test_one_run_each(top, bottom, ratio):
    assert ratio_interval(top, bottom) == (*ratio, 0.0)
    assert ratio_of_medians(top, bottom) == ratio

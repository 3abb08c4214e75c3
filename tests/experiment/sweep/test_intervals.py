"""Confidence intervals by hand, against all orders of the values, and how often they are right."""

import itertools
import math

import numpy as np
import pytest

from gradviz.experiment.sweep.intervals import (
    Bounds,
    difference_interval,
    median,
    median_interval,
    middle_difference,
    middle_ratio,
    ratio_interval,
    tail_of_pairs,
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


def orders(above, below):
    """For every order of two groups: in how many pairs the value of the first group is the smaller one."""
    for places in itertools.combinations(range(above + below), above):
        others = [place for place in range(above + below) if place not in places]
        yield sum(one < other for one in places for other in others)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2), (3, 3), (2, 5), (4, 4), (5, 3), (6, 6)])
def test_the_ends_are_those_that_a_test_over_all_orders_does_not_reject(sizes):
    """The values are powers of two, so that every pair has a ratio of its own."""
    above, below = sizes
    top = [2.0 ** (place * (below + 1)) for place in range(above)]
    bottom = [2.0 ** (-place) for place in range(below)]
    ratios = sorted(one / other for one in top for other in bottom)
    counts = list(orders(above, below))
    tails = [sum(count < rank for count in counts) / len(counts) for rank in range(above * below + 1)]
    rank = max([1, *(rank for rank, tail in enumerate(tails) if rank and tail <= 0.025)])
    found = ratio_interval(known(*top), known(*bottom))
    assert found[:2] == (ratios[rank - 1], ratios[-rank])
    assert found.coverage == pytest.approx(max(0.0, 1 - 2 * tails[rank]))
    assert tail_of_pairs(above, below) == pytest.approx(tails[1])


@pytest.mark.parametrize(
    ("above", "below", "rank", "coverage"),
    [  # by the tables of the Mann-Whitney test: critical values 0, 2, 5, 23 at 5 %, two-sided
        (4, 4, 1, 0.971),
        (5, 5, 3, 0.968),
        (6, 6, 6, 0.959),
        (10, 10, 24, 0.957),
    ],
)
def test_the_ranks_of_the_tables(above, below, rank, coverage):
    top, bottom = known(*(1000.0 * n for n in range(above))), known(*(float(n) for n in range(below)))
    found = difference_interval(top, bottom)
    differences = sorted(one.low - other.low for one in top for other in bottom)
    assert found == (differences[rank - 1], differences[-rank], pytest.approx(coverage, abs=5e-4))


def test_the_middle_is_the_median_of_all_pairs():
    top, bottom = (3.0, 8.0), (1.0, 2.0, 10.0)  # ratios .3, .8, 1.5, 3, 4, 8; differences -7, -2, 1, 2, 6, 7
    assert middle_ratio(known(*top), known(*bottom)) == (2.25, 2.25)
    assert middle_difference(known(*top), known(*bottom)) == (1.5, 1.5)
    assert difference_interval([Bounds(-1, math.inf)], known(2.0)) == (-3, math.inf, 0.0)
    infinite = known(math.inf, math.inf)
    assert middle_difference(infinite, infinite) == (-math.inf, math.inf)


def test_what_is_not_known_is_counted_at_its_worst():
    """Two of three never came: only pairs with the third and with the numbers of their steps are known."""
    never = Bounds(100, math.inf)
    assert ratio_interval([never, never, Bounds(50, 50)], known(10.0, 20.0, 25.0))[:2] == (2.0, math.inf)
    assert ratio_interval(known(10.0, 20.0, 25.0), [never, never, Bounds(50, 50)])[:2] == (0.0, 0.5)


SKEWED = {
    "exponential": lambda generator, size: generator.exponential(size=size),
    "log-normal": lambda generator, size: generator.lognormal(sigma=2.0, size=size),
    "Pareto": lambda generator, size: 1 + generator.pareto(1.1, size=size),
    "steps of whole hundreds": lambda generator, size: 100.0 * (1 + generator.geometric(0.3, size=size)),
    "most at the limit": lambda generator, size: np.minimum(1.0, generator.exponential(2.0, size=size)),
}


def coverages(draw, count, trials):
    """How often the intervals for the factor 3 and for the median hold these, and what they claim to."""
    generator, held, decided, claimed = np.random.default_rng(0), 0, 0, 0.0
    for _ in range(trials):
        top, bottom = 3 * draw(generator, count), draw(generator, count)
        low, high, claimed = ratio_interval(known(*top), known(*bottom))
        held += low <= 3 * (1 + 1e-12) and high >= 3 * (1 - 1e-12)
        decided += low > 3 * (1 + 1e-12)
    return held / trials, decided / trials, claimed


@pytest.mark.slow
@pytest.mark.parametrize("count", [3, 5, 10])
@pytest.mark.parametrize("name", SKEWED)
def test_the_interval_of_a_factor_holds_it_as_often_as_it_says(name, count):
    held, decided, claimed = coverages(SKEWED[name], count, 20_000)
    error = 3 * math.sqrt(0.1 / 20_000)
    assert held >= claimed - error
    assert decided <= 0.05 + error
    assert claimed >= 0.95 or count == 3


def test_the_interval_of_a_factor_for_a_skewed_distribution():
    held, decided, claimed = coverages(SKEWED["log-normal"], 3, 2000)
    assert held == pytest.approx(claimed, abs=0.02)  # 90 %
    assert decided == pytest.approx(0.05, abs=0.015)


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
    assert middle_ratio(top, bottom) == ratio

"""Few ticks: ends, round values, powers of ten."""

import matplotlib.pyplot as plt
import pytest

from gradviz.plots.drawing.ticks import ends_and_round, power_of_ten, set_fraction_ticks, set_log_ticks


@pytest.mark.parametrize(
    ("first", "last", "count", "ticks"),
    [(0, 30, 3, [0, 10, 20, 30]), (0, 99, 0, [0, 99]), (5, 5, 3, [5]), (0, 1, 3, [0, 1])],
)
def test_both_ends_and_round_values_clear_of_them(first, last, count, ticks):
    assert ends_and_round(first, last, count=count) == ticks


@pytest.mark.parametrize(
    ("exponent", "text"),
    [(-3, "$10^{-3}$"), (0.25, "$10^{0.25}$"), (1.0004, "$10^{1}$"), (-0.0001, "$10^{0}$")],
)
def test_power_of_ten(exponent, text):
    assert power_of_ten(exponent) == text


def test_fractions():
    ax = plt.figure().add_subplot()
    set_fraction_ticks(ax.yaxis)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "0.5", "1"]
    assert ax.get_yticks().tolist() == [0, 0.5, 1]


def test_a_log_axis_of_twenty_decades_has_few_ticks():
    ax = plt.figure().add_subplot()
    ax.set_yscale("log")
    ax.set_ylim(1e-20, 1)
    set_log_ticks(ax)
    assert 2 <= sum(1e-20 <= tick <= 1 for tick in ax.get_yticks()) <= 4
    assert not len(ax.yaxis.get_minorticklocs())

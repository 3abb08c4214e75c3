"""Gradients with a power of two beside them, by hand."""

import pytest
import torch

from gradviz.capture.scaled_gradient import (
    NEVER,
    ScaledGradient,
    binary_exponent,
    times_power_of_two,
    unscaled,
)


def gradient(values, *exponents):
    return ScaledGradient(torch.tensor(values), torch.tensor(exponents, dtype=torch.float64))


def numbers(scaled):
    """As Python's integers times powers of two would have them, in float64."""
    return times_power_of_two(scaled.values.double(), scaled.exponent).tolist()


def test_the_exponent_of_each_magnitude():
    found = binary_exponent(torch.tensor([0.0, 0.5, 1.0, 3.0, 2.0**100, torch.inf]))
    assert found.tolist() == [NEVER, 0, 1, 2, 101, 0]


@pytest.mark.parametrize(("one", "other"), [(0, 0), (0, 3), (-40, 2), (5, -200)])
def test_a_sum(one, other):
    found = gradient([[1.0, -3.0]], one).plus(gradient([[0.5, 4.0]], other))
    expected = [1 * 2.0**one + 0.5 * 2.0**other, -3 * 2.0**one + 4 * 2.0**other]
    torch.testing.assert_close(torch.tensor(numbers(found)[0]), torch.tensor(expected), rtol=1e-6, atol=0)


def test_a_sum_far_below_the_float_range():
    found = gradient([[1.0], [2.0]], -5000, -3).plus(gradient([[1.0], [0.0]], -5000, 0))
    assert (found.values[:, 0] * torch.exp2(found.exponent + torch.tensor([5000, 0]))).tolist() == [2, 0.25]


def test_a_sum_of_several_components_shares_one_exponent_for_each_sample():
    one = gradient([[[1.0], [1.0]], [[4.0], [1.0]]], 0, -30)  # (component, sample, unit)
    found = one.plus(one)
    assert found.exponent.shape == (2,)
    assert numbers(found) == [[[2.0], [2.0**-29]], [[8.0], [2.0**-29]]]


def test_nothing_added_changes_nothing():
    one = gradient([[0.0, 0.0]], 7)
    assert one.plus(None) is one
    assert numbers(one.plus(unscaled(torch.zeros(1, 2)))) == [[0.0, 0.0]]


def test_a_factor_for_each_unit():
    assert numbers(gradient([[1.0, -3.0]], 2).times(torch.tensor([[0.0, 0.5]]))) == [[0.0, -6.0]]

"""The slope of a squashing function, from its activation, against finite differences."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradviz.capture.squash_slope import SLOPES, squash_slope
from gradviz.cell_descriptions import SQUASH

FUNCTIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu, "exp": torch.exp}


@given(st.sampled_from(sorted(FUNCTIONS)), st.floats(-6, 6).filter(lambda x: abs(x) > 1e-3))
def test_it_is_the_derivative(name, argument):
    x, step = torch.tensor(argument, dtype=torch.float64), 1e-6
    function = FUNCTIONS[name]
    expected = (function(x + step) - function(x - step)) / (2 * step)
    assert squash_slope(name, function(x)).item() == pytest.approx(expected.item(), rel=1e-5, abs=1e-8)


def test_beyond_the_range_by_rounding_it_is_zero():
    assert squash_slope("sigmoid", torch.tensor([-1e-7, 1 + 1e-7])).tolist() == [0, 0]
    assert squash_slope("tanh", torch.tensor([-1 - 1e-7, 1 + 1e-7])).tolist() == [0, 0]


def test_every_function_has_one():
    assert set(SLOPES) == set(SQUASH) == set(FUNCTIONS)

"""The scalar recurrence, its gradient and the wall."""

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.dynamics.cliff import cliff


def by_autograd(w, b, steps=50):
    w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (w, b))
    x = torch.tensor(0.5, dtype=torch.float64)
    for _ in range(steps):
        x = w * torch.sigmoid(x) + b
    error = (torch.sigmoid(x) - 0.7) ** 2
    error.backward()
    return error.item(), w.grad.item(), b.grad.item()


@settings(max_examples=30, deadline=None)
@given(w=st.floats(-8, 8), b=st.floats(-5, 5), steps=st.integers(1, 50))
def test_error_and_gradient_are_autograds(w, b, steps):
    error, by_w, by_b = by_autograd(w, b, steps)
    found = cliff(w=[w], b=[b], steps=steps)
    assert found["error"].item() == pytest.approx(error, rel=1e-9, abs=1e-15)
    if math.hypot(by_w, by_b) > 1e-12:
        assert found["log10_grad_norm"].item() == pytest.approx(math.log10(math.hypot(by_w, by_b)), abs=1e-6)


def test_the_default_grid_is_not_written_into_the_signature():
    """Two default arrays of 201 numbers would fill the help page."""
    assert len(str(inspect.signature(cliff))) < 200
    found = cliff(steps=1)
    assert found.sizes == {"w": 201, "b": 201}
    assert [found["w"].values[place] for place in (0, -1)] == [3, 8]
    assert [found["b"].values[place] for place in (0, -1)] == [-5, -1]


def test_without_weight_it_ends_at_the_bias():
    found = cliff(w=[0.0], b=[0.0, math.log(7 / 3)])
    assert found["error"].values[0] == pytest.approx([0.04, 0.0])  # σ(0) = .5, σ(ln 7/3) = .7
    # ∂E/∂w = 2 (σ(0) - .7) σ'(0) σ(0), ∂E/∂b = 2 (σ(0) - .7) σ'(0)
    assert found["log10_grad_norm"].values[0, 0] == pytest.approx(math.log10(0.1 * math.hypot(0.5, 1)))


def test_the_wall_stands_where_the_start_is_an_unstable_fixed_point():
    """For b = .5 - .622459 w, x stays at 1/2; on both sides of it final states differ by over a half."""
    sigma = 1 / (1 + math.exp(-0.5))
    for w in (5.0, 6.0, 7.0):
        wall = 0.5 - sigma * w
        assert wall == pytest.approx(0.5 - 0.622459 * w, abs=1e-5)
        found = cliff(w=[w], b=[wall - 0.05, wall, wall + 0.05])
        assert found["error"].values[0, 0] > 0.3
        assert found["error"].values[0, 2] < 0.1
        gradient = found["log10_grad_norm"].values[0]
        growth = w * sigma * (1 - sigma)
        # at the fixed point ∂x/∂b = Σ growth^k
        by_b = (growth**50 - 1) / (growth - 1)
        expected = 2 * abs(sigma - 0.7) * sigma * (1 - sigma) * by_b * math.hypot(1, sigma)
        if w == 5.0:
            assert 10.0 ** gradient[1] == pytest.approx(expected, rel=1e-3)
        assert gradient[1] > gradient[0] + 3
        assert gradient[1] > gradient[2] + 3


def test_below_the_critical_weight_there_is_no_wall():
    """w σ'(1/2) < 1 for w < 4.255: the gradient is of ordinary size everywhere."""
    low = cliff(w=np.linspace(0, 3.9, 40), b=np.linspace(-4, 1, 101))
    assert low["log10_grad_norm"].max().item() < 1.5
    wall = 0.5 - 6.0 / (1 + math.exp(-0.5))
    assert cliff(w=[6.0], b=[wall])["log10_grad_norm"].item() > 5


def test_the_default_grid_is_labelled_and_holds_the_wall():
    found = cliff()
    assert found["error"].dims == ("w", "b")
    assert found["w"].attrs["long_name"] == "recurrent weight w"
    assert found["log10_grad_norm"].attrs["units"] == "decades"
    ridge = found["log10_grad_norm"].sel(w=7.0, method="nearest")
    where = ridge["b"][ridge.values.argmax()].item()
    assert where == pytest.approx(0.5 - 0.622459 * ridge["w"].item(), abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"w": []}, r"shapes \(0,\) and .*not empty"),
        ({"w": [[1.0]]}, "each must be a list of numbers"),
        ({"steps": 0}, "steps = 0: must be a whole number of at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        cliff(**options)

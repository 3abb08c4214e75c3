"""Clipping by norm keeps the direction, by value does not."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradviz.training.gradient_clipping import clip_gradients


def parameters(*gradients):
    made = [nn.Parameter(torch.zeros(len(gradient))) for gradient in gradients]
    for parameter, gradient in zip(made, gradients, strict=True):
        parameter.grad = torch.tensor(gradient, dtype=torch.float32)
    return made


def test_by_hand():
    first, second = parameters([3.0, 0.0], [4.0])
    assert clip_gradients([first, second]) == (5, 5)
    assert clip_gradients([first, second], norm=6.0) == (5, 5)
    assert clip_gradients([first, second], norm=1.0) == pytest.approx((5, 1), abs=1e-5)
    assert first.grad.tolist() == pytest.approx([0.6, 0], abs=1e-5)

    first, second = parameters([3.0, -0.5], [4.0])
    norms = clip_gradients([first, second], value=1.0)
    assert norms.before == pytest.approx(math.sqrt(25.25))
    assert norms.after == pytest.approx(1.5)
    assert (first.grad.tolist(), second.grad.tolist()) == ([1, -0.5], [1])


numbers = st.lists(st.floats(-100, 100, width=32), min_size=3, max_size=3)


@given(numbers, numbers, st.floats(0.01, 50))
def test_by_norm_the_direction_stays(first, second, limit):
    clipped, original = parameters(first, second), torch.tensor([*first, *second])
    norms = clip_gradients(clipped, norm=limit)
    result = torch.cat([parameter.grad for parameter in clipped])
    assert norms.before == pytest.approx(float(original.norm()), rel=1e-5, abs=1e-30)
    assert norms.after <= limit * (1 + 1e-5)
    assert norms.after == pytest.approx(float(result.norm()), rel=1e-5, abs=1e-30)
    scale = norms.after / norms.before if norms.before else 1.0
    assert torch.allclose(result, original * scale, rtol=1e-4, atol=1e-6)


def test_a_broken_gradient_is_left_as_it_is():
    (broken,) = parameters([math.inf, 1.0])
    for options in ({"norm": 1.0}, {"value": 1.0}):
        assert clip_gradients([broken], **options) == (math.inf, math.inf)
        assert broken.grad.tolist() == [math.inf, 1]


def test_parameters_without_a_gradient_do_not_count():
    (used,) = parameters([3.0])
    assert clip_gradients([used, nn.Parameter(torch.ones(2))], norm=5.0) == (3, 3)
    assert clip_gradients([nn.Parameter(torch.ones(2))]) == (0, 0)

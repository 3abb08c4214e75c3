"""A recurrence by doubling equals the one step by step."""

import pytest
import torch

from gradviz.cells import launch_bound
from gradviz.cells.launch_bound import scan


def step_by_step(factors, terms):
    found = [terms[0]]
    for factor, term in zip(factors, terms[1:], strict=True):
        found.append(factor * found[-1] + term)
    return torch.stack(found)


@pytest.mark.parametrize("at_once", [1, 2, 12, 2**22])
@pytest.mark.parametrize("steps", [1, 2, 3, 8, 33])
@pytest.mark.parametrize("reverse", [False, True])
def test_it_is_the_loop(steps, reverse, at_once, monkeypatch):
    monkeypatch.setattr(launch_bound, "_AT_ONCE", at_once)
    terms = torch.randn(steps, 2, 3, dtype=torch.float64)
    factors = torch.rand(steps - 1, 2, 3, dtype=torch.float64)
    expected = (
        step_by_step(factors.flip(0), terms.flip(0)).flip(0) if reverse else step_by_step(factors, terms)
    )
    scan(factors, terms, reverse=reverse)
    torch.testing.assert_close(terms, expected, rtol=1e-12, atol=1e-14)


def test_by_hand():
    terms = torch.tensor([1.0, 2.0, 4.0])
    scan(torch.tensor([0.5, 0.25]), terms)
    assert terms.tolist() == [1.0, 2.5, 4.625]
    terms = torch.tensor([1.0, 2.0, 4.0])
    scan(torch.tensor([0.5, 0.25]), terms, reverse=True)
    assert terms.tolist() == [2.5, 3.0, 4.0]


def test_a_product_below_the_range_of_float32_keeps_its_digits():
    factors = torch.full((200,), 0.5)
    terms = torch.zeros(201)
    terms[0] = 2.0**120
    scan(factors, terms)
    assert terms[-1] == 2.0**-80


def test_a_view_is_changed_in_place():
    whole = torch.ones(3, 2)
    scan(torch.ones(2), whole[:, 0])
    assert whole.tolist() == [[1, 1], [2, 1], [3, 1]]

"""Which rows of an earlier state an incoming one is made of, and by which factor: worked out by hand."""

import pytest
import torch
from torch.nn import functional as F

from gradviz.capture.autograd_graph import place_of, way_back
from gradviz.capture.hand_over import operators


def operator_of(between, shape=(3, 2)):
    """The operator from what ``between`` makes of a state to that state; None if no gradient reaches it."""
    leaf = torch.arange(1.0, 1 + torch.Size(shape).numel()).view(shape).double().requires_grad_()
    state = leaf * 1
    incoming = between(state)
    back = way_back([place_of(incoming)], {place_of(state)}.__contains__, set())
    found = operators(incoming, place_of(incoming), back.nodes, {place: shape for place in back.sources})
    return found.get(place_of(state))


MASK = torch.tensor([[1.0, 0.0], [0.0, 0.0], [2.0, 3.0]]).double()
ONES, ROWS = torch.ones(3, 2), [0, 1, 2]
NEW = torch.zeros(1, 2).double()
EXAMPLES = {
    "the state itself": (lambda h: h, ROWS, ONES),
    "clone": (lambda h: h.clone(), ROWS, ONES),
    "half": (lambda h: h / 2, ROWS, ONES / 2),
    "mask": (lambda h: h * MASK, ROWS, MASK),
    "view": (lambda h: h.view(1, 3, 2)[0], ROWS, ONES),
    "stack and index": (lambda h: torch.stack([h, h * 3])[0], ROWS, ONES),
    "residual": (lambda h: h + 0.5 * h.clone(), ROWS, 1.5 * ONES),
    "broadcast gate": (lambda h: torch.tensor([[2.0], [0.0], [1.0]]) * h, ROWS, [[2, 2], [0, 0], [1, 1]]),
    "square": (lambda h: h * h, ROWS, [[2, 4], [6, 8], [10, 12]]),
    "row": (lambda h: h[[2]], [-1, -1, 0], [[0, 0], [0, 0], [1, 1]]),
    "permutation": (lambda h: h[[2, 0, 1]], [1, 2, 0], ONES),
    "boolean mask": (
        lambda h: 2 * h[torch.tensor([True, False, True])],
        [0, -1, 1],
        [[2, 2], [0, 0], [2, 2]],
    ),
    "new rows in front": (lambda h: torch.cat([NEW, h]), [1, 2, 3], ONES),
    "linear": (lambda h: h @ torch.tensor([[1.0, 2.0], [3.0, 4.0]]).double(), ROWS, None),
    "layer norm of rows": (lambda h: F.layer_norm(h[[1, 2, 0]], (2,), eps=1.0), [2, 0, 1], None),
    "beams": (lambda h: h[[0, 0, 1]], None, None),
    "batch norm": (lambda h: F.batch_norm(h, None, None, training=True), ROWS, None),
}


@pytest.mark.parametrize("way", EXAMPLES)
def test_rows_and_factors(way):
    between, rows, factor = EXAMPLES[way]
    found = operator_of(between)
    assert (found.rows if rows is None else found.rows.tolist()) == rows
    if factor is None:
        assert found.factor is None
    else:
        torch.testing.assert_close(found.factor, torch.as_tensor(factor).double(), rtol=1e-14, atol=0)
    assert found.is_identity == (way in {"the state itself", "clone", "view", "stack and index"})


@pytest.mark.parametrize("dead", [lambda h: h * 0, lambda h: h.masked_fill(torch.ones(3, 1).bool(), 0)])
def test_no_gradient_gets_through_a_product_with_zero(dead):
    assert operator_of(dead) is None


def test_both_layers_of_a_state_and_a_row_of_both():
    found = operator_of(lambda h: 3 * h, (2, 2, 2))
    assert found.rows.tolist() == [0, 1, 2, 3]
    torch.testing.assert_close(found.factor, 3 * torch.ones(4, 2).double())
    assert operator_of(lambda h: h[:, [1]], (2, 2, 2)).rows.tolist() == [-1, 0, -1, 1]


def test_in_half_precision_rows_are_followed_and_factors_left_to_autograd():
    state = torch.ones(3, 2, dtype=torch.bfloat16, requires_grad=True) * 1
    place = place_of(state)
    for between, rows in ((lambda h: h * 0.5, [0, 1, 2]), (lambda h: h[:2], [0, 1, -1])):
        incoming = between(state)
        back = way_back([place_of(incoming)], {place}.__contains__, set())
        found = operators(incoming, place_of(incoming), back.nodes, {place: (3, 2)})[place]
        assert found.rows.tolist() == rows
        assert found.factor is None

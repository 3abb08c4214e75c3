"""Products with a Jacobian are those of its matrix, and those of the adjoint recursion."""

import pytest
import torch
from torch import nn

CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


@pytest.mark.parametrize("cell", CELLS)
def test_push_and_pull_are_products_with_the_matrix(replayed, cell):
    steps = replayed(cell, CELLS[cell](3, 5)).replay.linear_steps(2, 9)
    jacobians = steps.jacobians()
    assert jacobians.shape == (7, 4, steps.size, steps.size)
    vectors = torch.randn(7, 4, 6, steps.size, dtype=torch.float64)
    torch.testing.assert_close(steps.jvp(vectors), vectors @ jacobians.mT)
    torch.testing.assert_close(steps.vjp(vectors), vectors @ jacobians)


def test_of_a_projected_lstm(replayed):
    made = replayed("lstm", nn.LSTM(3, 5, proj_size=2))
    made.check()
    steps = made.replay.linear_steps(2, 9)
    assert steps.size == 7
    vectors = torch.randn(7, 4, 6, 7, dtype=torch.float64)
    torch.testing.assert_close(steps.jvp(vectors), vectors @ steps.jacobians().mT)
    torch.testing.assert_close(steps.vjp(vectors), vectors @ steps.jacobians())

    def last_states(h, c):  # of the first sequence, one step on
        _, (h, c) = made.module(made.x[2, :1].unsqueeze(0), (h[None, None], c[None, None]))
        return torch.cat([h, c], -1).flatten()

    before = made.h[2, 0], made.replay.c[1, 0]
    by_torch = torch.cat(torch.autograd.functional.jacobian(last_states, before), -1)
    torch.testing.assert_close(steps.jacobians()[0, 0], by_torch)


@pytest.mark.parametrize("cell", CELLS)
def test_the_adjoint_recursion_is_a_product_of_them(replayed, cell):
    """With a gradient at the last step only, dL/dh at the first is h's part of the product."""
    made = replayed(cell, CELLS[cell](3, 5))
    direct = torch.zeros_like(made.out.detach())
    direct[-1] = torch.randn(4, 5, dtype=torch.float64)
    last = direct[-1].clone()
    total = made.replay.run_block(0, 11, direct, None, made.replay.nothing_carried()).grad_h.clone()
    cotangent = torch.zeros(4, 1, 10 if cell == "lstm" else 5, dtype=torch.float64)
    cotangent[:, 0, :5] = last
    for t in reversed(range(1, 11)):
        cotangent = made.replay.linear_steps(t, t + 1).vjp(cotangent.unsqueeze(0))[0]
    torch.testing.assert_close(cotangent[:, 0, :5], total[0])

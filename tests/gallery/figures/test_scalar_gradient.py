"""The gradient through one tanh unit, against ground truth and against autograd."""

import numpy as np
import pytest
import torch

from gradviz.gallery.figures import scalar_gradient as figure


@pytest.mark.parametrize(("w", "rate"), [(0.5, 0.5), (1.5, 0.39431), (2.0, 0.16637), (4.0, 0.00539)])
def test_rates_at_rest(w, rate):
    assert figure.fixed_point_rate(w) == pytest.approx(rate, abs=5e-6)


@pytest.mark.parametrize("w", [0.3, 1.0, 1.7])
def test_the_product_is_autograds(w):
    start = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    state = start
    for _ in range(12):
        state = torch.tanh(w * state)
    state.backward()
    assert figure.log10_product(w, steps=12) == pytest.approx(np.log10(start.grad.item()), rel=1e-12)


def test_the_claim_holds_beyond_1_and_the_bound_is_never_crossed():
    table = figure.experiment(None)["scalar"].to_dataset()
    beyond = table.sel(w=slice(1.0, None))
    assert np.all(np.diff(beyond["rate"]) < 0)
    assert np.all(np.diff(beyond["log10_product"]) < 0)
    assert np.all(table["log10_product"] <= figure.STEPS * np.log10(table["w"]) + 1e-12)


def test_the_lines_are_these_numbers():
    data = figure.experiment(None)
    left, right = figure.compose(data).axes
    numbers = figure.numbers(data)
    np.testing.assert_array_equal(left.lines[1].get_ydata(), numbers["rate"])
    np.testing.assert_array_equal(right.lines[0].get_ydata(), numbers["log10_product"])
    assert "w = 4: 0.00539" in figure.caption(data).measured

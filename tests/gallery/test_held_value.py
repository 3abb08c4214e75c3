"""Training to keep a number."""

import numpy as np
import pytest
import torch

from gradviz.gallery import held_value
from gradviz.gallery.held_value import Holding, batch, held_values
from gradviz.models.sequence import SequenceModel


def test_a_batch_by_hand():
    inputs = batch(500, 40, 0.3, torch.Generator().manual_seed(0)).numpy()
    assert inputs.shape == (500, 42, 3)
    assert (inputs[:, 0, 1] == 1).all()
    assert (inputs[:, -1, 2] == 1).all()
    assert inputs[:, :, 1].sum() == inputs[:, :, 2].sum() == 500
    assert np.abs(inputs[:, 0, 0]).max() <= 1
    assert inputs[:, 1:-1, 0].std() == pytest.approx(0.3, abs=0.01)
    assert (inputs[:, -1, 0] == 0).all()


def test_the_pass_is_that_of_the_model_and_its_gradient_that_of_autograd():
    torch.manual_seed(0)
    model = SequenceModel("lstm", 3, 1, 1, every_step=True)
    inputs = batch(4, 6, 0.3, torch.Generator().manual_seed(1))
    found = held_value._pass(model, inputs)
    np.testing.assert_allclose(found["answer"], model(inputs).detach()[:, -1, 0], rtol=1e-5)
    np.testing.assert_allclose(found["value"], inputs[:, 0, 0])
    _, state = model.recurrent(inputs[:, :3])
    h, c = state[0].detach(), state[1].detach().requires_grad_()
    outputs, _ = model.recurrent(inputs[:, 3:], (h, c))
    model.head(outputs[:, -1]).sum().backward()
    np.testing.assert_allclose(found["c"][2], c.detach().flatten(), rtol=1e-5)
    # the total gradient at c, in which c also acts through h of the same step
    through_h = _gradient_at_h(model, inputs, c.detach())
    total = c.grad.flatten().numpy() + through_h * found["output_gate"][2].values * (
        1 - np.tanh(found["c"][2].values) ** 2
    )
    np.testing.assert_allclose(10 ** found["log10_grad_c"][2], np.abs(total), rtol=1e-4)


def _gradient_at_h(model, inputs, c):
    _, (h, _) = model.recurrent(inputs[:, :3])
    h = h.detach().requires_grad_()
    outputs, _ = model.recurrent(inputs[:, 3:], (h, c))
    model.head(outputs[:, -1]).sum().backward()
    return h.grad.flatten().numpy()


def test_seeds_differ_and_are_the_same_again():
    holding = Holding(span=5, steps=3, noise=0.1, seeds=2)
    one, other = held_values(holding).values()
    assert not np.allclose(one["c"], other["c"])
    again = held_values(holding)["1"]
    np.testing.assert_array_equal(again["c"], other["c"])
    more = held_values(holding._replace(steps=6))["1"]
    assert not np.allclose(more["c"], other["c"])

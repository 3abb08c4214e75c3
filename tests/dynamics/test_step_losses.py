"""Gradients at the module's output equal those of autograd; losses that mix steps are refused."""

import math

import pytest
import torch
from torch import nn

from gradviz.dynamics.step_losses import gradients_at_output, step_loss
from gradviz.errors import CannotWatch
from gradviz.models.sequence import SequenceModel


def taken(model, x, targets, **options):
    return gradients_at_output(model, model.recurrent, x, targets, **options)


def test_losses_by_hand():
    outputs = torch.tensor([[[0.0, math.log(3)], [0.0, 0.0]]])
    losses = step_loss(outputs, torch.tensor([[1, 0]]))
    torch.testing.assert_close(losses, torch.tensor([[-math.log(0.75), math.log(2)]]))
    squares = step_loss(torch.tensor([[[1.0, 4.0]]]), torch.tensor([[[0.0, 1.0]]]))
    assert squares.tolist() == [[5.0]]


def test_the_gradient_is_that_of_the_linear_head():
    """d/dh mean((W h - y)²) = 2/features Wᵀ (W h - y)."""
    model = SequenceModel("gru", 2, 3, 2, every_step=True).double()
    x, targets = torch.randn(4, 5, 2).double(), torch.randn(4, 5, 2).double()
    found = taken(model, x, targets)
    expected = (model(x) - targets) @ model.head.weight
    torch.testing.assert_close(found.gradient, expected.detach().transpose(0, 1))
    assert found.x is not x
    assert torch.equal(found.x, x)
    assert found.h0 is None
    assert found.c0 is None


class Started(nn.Module):
    """A model that passes its LSTM a state by keyword."""

    def __init__(self, state):
        super().__init__()
        self.recurrent = nn.LSTM(2, 3)
        self.state = state

    def forward(self, x):
        return self.recurrent(x, hx=self.state)[0]


def test_initial_states_are_found():
    state = (torch.randn(1, 2, 3), torch.randn(1, 2, 3))
    found = taken(Started(state), torch.randn(4, 2, 2), torch.randn(4, 2, 3))
    assert torch.equal(found.h0, state[0])
    assert torch.equal(found.c0, state[1])


def test_the_model_stays_as_it_was():
    model = SequenceModel("lstm", 2, 3, 2, num_layers=2, dropout=0.5, every_step=True)
    model.head.eval()
    x, targets = torch.randn(2, 4, 2), torch.randn(2, 4, 2)
    rng = torch.get_rng_state()
    gradients_at_output(model, model.recurrent, x, targets)
    with pytest.raises(ValueError, match="the loss has shape"):
        gradients_at_output(model, model.recurrent, x, targets, loss=lambda outputs, _: outputs.sum())
    assert torch.equal(torch.get_rng_state(), rng)
    assert model.training
    assert not model.head.training
    assert not model.recurrent._forward_hooks
    assert all(p.grad is None for p in model.parameters())


class Mixing(nn.Module):
    """A model whose head does not answer step by step."""

    def __init__(self, mix):
        super().__init__()
        self.recurrent = nn.GRU(2, 3, batch_first=True)
        self.mix = mix

    def forward(self, x):
        return self.mix(*self.recurrent(x))


@pytest.mark.parametrize(
    ("mix", "error", "message"),
    [
        (lambda out, _: out.cumsum(1), CannotWatch, "at other steps or in other sequences"),
        (lambda out, _: out - out.mean(0), CannotWatch, "at other steps or in other sequences"),
        (lambda out, h: out + h.transpose(0, 1), CannotWatch, "final state"),
        (lambda out, _: 0 * out, ValueError, "is exactly zero"),
        (
            lambda out, _: 0 * out.detach() + torch.zeros_like(out).requires_grad_(),
            ValueError,
            "does not depend",
        ),
        (
            lambda out, _: out[:, -1],
            ValueError,
            r"outputs have shape \(2, 3\).*must be an output at every step",
        ),
    ],
)
def test_what_is_not_step_by_step_is_refused(mix, error, message):
    with pytest.raises(error, match=message):
        taken(Mixing(mix), torch.randn(2, 4, 2), torch.randn(2, 4, 3))


def test_how_the_module_is_called_matters():
    model = SequenceModel("gru", 2, 3, 2, every_step=True)
    x = torch.randn(2, 4, 2)
    packed = nn.utils.rnn.pack_padded_sequence(x, [4, 2], batch_first=True)
    with pytest.raises(CannotWatch, match="input of the recurrent module is a PackedSequence"):
        taken(model, packed, torch.randn(2, 4, 2))
    assert not model.recurrent._forward_hooks
    twice = Mixing(lambda out, _: out)
    twice.forward = lambda x: twice.recurrent(x)[0] + twice.recurrent(x)[0]
    with pytest.raises(CannotWatch, match="called its recurrent module 2 times"):
        taken(twice, x, torch.randn(2, 4, 3))

"""The LSTM of h_detach.py: its outputs are those of an LSTM, its gradient goes by the cell state."""

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import nn

FILE = Path(__file__).parents[2] / "experiments" / "papers" / "h_detach.py"
SIZES = (3, 4, 2)


def model_with(detach):
    spec = importlib.util.spec_from_file_location("h_detach", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(0)
    return module.HDetachLSTM(*SIZES, detach).double()


def inputs():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(5, 6, SIZES[0], generator=generator, dtype=torch.float64).requires_grad_()


def same_lstm(model):
    layer = nn.LSTM(*SIZES[:2], batch_first=True).double()
    layer.load_state_dict({f"{name}_l0": weight for name, weight in model.cell.state_dict().items()})
    return layer


def by_the_cell_state_alone(model, x):
    """The recurrence by hand, with the hidden state held fixed where it enters the gates."""
    hidden = cell_state = x.new_zeros(len(x), SIZES[1])
    for step in x.unbind(1):
        weights = model.cell
        gates = step @ weights.weight_ih.T + hidden.data @ weights.weight_hh.T
        i, f, g, o = (gates + weights.bias_ih + weights.bias_hh).chunk(4, -1)
        cell_state = f.sigmoid() * cell_state + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell_state.tanh()
    return model.head(hidden)


@pytest.mark.parametrize("detach", [0.0, 0.5, 1.0])
def test_outputs_are_those_of_an_lstm(detach):
    model, x = model_with(detach), inputs()
    expected = model.head(same_lstm(model)(x)[0])
    torch.testing.assert_close(model(x), expected)


@pytest.mark.parametrize(("detach", "training"), [(0.0, True), (1.0, False)])
def test_without_detaching_the_gradient_is_that_of_an_lstm(detach, training):
    model, x = model_with(detach).train(training), inputs()
    expected = torch.autograd.grad(model.head(same_lstm(model)(x)[0]).square().sum(), x)
    torch.testing.assert_close(torch.autograd.grad(model(x).square().sum(), x), expected)


def test_detached_at_every_step_the_gradient_goes_by_the_cell_state():
    model, x = model_with(1.0), inputs()
    expected = torch.autograd.grad(by_the_cell_state_alone(model, x).square().sum(), x)
    torch.testing.assert_close(torch.autograd.grad(model(x)[:, -1].square().sum(), x), expected)


def test_half_of_the_steps_are_detached():
    model = model_with(0.5)
    x = torch.zeros(1, 2000, SIZES[0], dtype=torch.float64)
    seen = []
    model.cell.register_forward_pre_hook(lambda _, given: seen.append(given[1][0].requires_grad))
    model(x)
    assert 0.45 < sum(seen) / len(seen) < 0.55


def test_a_probability_is_checked():
    with pytest.raises(ValueError, match="must be in \\[0, 1\\], not 2"):
        model_with(2)

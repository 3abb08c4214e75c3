"""Gradients of every loss at every state equal those of an unrolled network, one backward pass per loss."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from twin import Unrolled

from gradviz.dynamics.connectivity import connectivity
from gradviz.dynamics.eigenvalues import hidden_eigenvalues
from gradviz.errors import CannotWatch, UnknownName
from gradviz.models.language import LanguageModel
from gradviz.models.sequence import SequenceModel
from gradviz.tasks.alphabet import Alphabet


def brute_force(model, x, targets, *, layer, direction=0):
    """Gradient norms (loss_time, time), by one backward pass per step."""
    twin = Unrolled(model.recurrent, x.transpose(0, 1))
    outputs = nn.functional.linear(twin.out, model.head.weight.double(), model.head.bias.double())
    squares = (outputs - targets.transpose(0, 1)).square().mean(-1)  # (time, batch)
    states = [twin.seen[layer, direction]["h", t] for t in range(len(outputs))]
    rows = []
    for losses in squares:
        found = torch.autograd.grad(losses.sum(), states, retain_graph=True, allow_unused=True)
        rows.append([0.0 if one is None else one.norm(dim=-1).mean().item() for one in found])
    found = np.array(rows)
    return np.where(found == 0, np.nan, found)  # exactly zero: there is no path


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_it_is_as_many_backward_passes(cell):
    model = SequenceModel(cell, 3, 5, 2, every_step=True).double()
    x, targets = torch.randn(4, 7, 3).double(), torch.randn(4, 7, 2).double()
    found = connectivity(model, x, targets)
    assert found.dims == ("loss_time", "time")
    assert found.attrs["units"] == "decades"
    expected = brute_force(model, x, targets, layer=0)
    np.testing.assert_allclose(10.0**found.values, expected, rtol=1e-10)  # NaN at the same places
    assert np.isnan(found.values).sum() == 21


@pytest.mark.parametrize("direction", ["forward", "reverse"])
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_it_goes_through_upper_layers_and_both_directions(layer, direction):
    model = SequenceModel("lstm", 2, 3, 2, num_layers=3, bidirectional=True, every_step=True).double()
    x, targets = torch.randn(2, 5, 2).double(), torch.randn(2, 5, 2).double()
    found = connectivity(model, x, targets, layer=layer, direction=direction)
    expected = brute_force(model, x, targets, layer=layer, direction=int(direction == "reverse"))
    np.testing.assert_allclose(10.0**found.values, expected, rtol=1e-9)


def test_a_lower_layer_that_looks_back_only_has_no_way_from_before():
    model = SequenceModel("gru", 2, 3, 2, num_layers=2, every_step=True).double()
    x, targets = torch.randn(2, 5, 2).double(), torch.randn(2, 5, 2).double()
    found = connectivity(model, x, targets, layer=0)
    expected = brute_force(model, x, targets, layer=0)
    np.testing.assert_allclose(10.0**found.values, expected, rtol=1e-9)
    assert np.isnan(found.values)[np.triu_indices(5, 1)].all()


def test_losses_are_carried_together_or_one_by_one(monkeypatch):
    model = SequenceModel("gru", 2, 3, 2, num_layers=2, every_step=True)
    x, targets = torch.randn(2, 6, 2), torch.randn(2, 6, 2)
    whole = connectivity(model, x, targets, layer=0)
    monkeypatch.setattr("gradviz.dynamics.connectivity._MAX_ELEMENTS", 1)
    np.testing.assert_allclose(connectivity(model, x, targets, layer=0), whole, atol=1e-12)


def linear_network(scale):
    """A network h = scale h⁻ + 1 with positive states, whose output is h itself."""
    model = SequenceModel("rnn_relu", 1, 1, 1, every_step=True).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.recurrent.weight_hh_l0.fill_(scale)
        model.recurrent.bias_ih_l0.fill_(1.0)
        model.head.weight.fill_(1.0)
    return model


def test_a_linear_network_far_below_float_range_by_hand():
    """dL_s/dh_t = 2 (h_s - y_s) 0.1^(s-t), with h_s - y_s = 1/2."""
    steps = 400
    model = linear_network(0.1)
    x = torch.zeros(1, steps, 1).double()
    with torch.no_grad():
        targets = model(x) - 0.5
    found = connectivity(model, x, targets)
    lag = np.subtract.outer(np.arange(steps), np.arange(steps))
    np.testing.assert_allclose(found, np.where(lag < 0, np.nan, -lag), atol=1e-9)  # down to 10^-399


def test_a_loss_that_is_not_there_is_exactly_zero():
    model = linear_network(0.5)
    x = torch.zeros(2, 4, 1).double()
    with torch.no_grad():
        targets = model(x)
    targets[:, 2] -= 0.5
    found = connectivity(model, x, targets).values
    np.testing.assert_allclose(found[2, :3], np.log10([0.25, 0.5, 1.0]), atol=1e-12)
    assert (found[3] == -math.inf).all()


def test_integer_targets_have_cross_entropy():
    """At the last step dL/dh = Wᵀ (p - y)."""
    model = SequenceModel("gru", 2, 3, 4, every_step=True).double()
    x, targets = torch.randn(3, 5, 2).double(), torch.randint(4, (3, 5))
    p = model(x)[:, -1].softmax(-1) - nn.functional.one_hot(targets[:, -1], 4)
    expected = (p @ model.head.weight).norm(dim=-1).mean().log10().item()
    assert connectivity(model, x, targets)[-1, -1].item() == pytest.approx(expected)


def test_the_scale_is_that_of_one_steps_loss_whatever_the_batch():
    model = SequenceModel("gru", 2, 3, 2, every_step=True).double()
    x, targets = torch.randn(1, 5, 2).double(), torch.randn(1, 5, 2).double()
    alone = connectivity(model, x, targets)
    np.testing.assert_allclose(
        connectivity(model, x.repeat(3, 1, 1), targets.repeat(3, 1, 1)), alone, atol=1e-12
    )


def test_a_loss_of_ones_own_and_a_model_that_answers_with_a_tuple():
    model = LanguageModel(Alphabet.of("abca"), cell="lstm", hidden_size=3, encoding="embedding")
    text, following = torch.tensor([[0, 1, 2], [1, 2, 0]]), torch.tensor([[1, 2, 0], [2, 0, 1]])
    plain = connectivity(model, text, following)

    def half(outputs, targets):  # (time, batch)
        return 0.5 * nn.functional.cross_entropy(outputs.permute(0, 2, 1), targets, reduction="none").t()

    halved = connectivity(model, text, following, loss=half)
    np.testing.assert_allclose(halved, plain - math.log10(2), atol=1e-6)


def test_a_square_of_steps_and_sequences_is_read_the_right_way():
    model = SequenceModel("gru", 2, 3, 2, every_step=True).double()
    x, targets = torch.randn(4, 4, 2).double(), torch.randn(4, 4, 2).double()
    expected = brute_force(model, x, targets, layer=0)
    for turn in (lambda losses: losses, lambda losses: losses.t()):
        found = connectivity(model, x, targets, loss=lambda o, y, turn=turn: turn((o - y).square().mean(-1)))
        np.testing.assert_allclose(10.0**found.values, expected, rtol=1e-10)


def test_names_layers_and_shapes_that_do_not_fit():
    model = SequenceModel("gru", 2, 3, 2, every_step=True)
    x, targets = torch.randn(2, 4, 2), torch.randn(2, 4, 2)
    with pytest.raises(ValueError, match="layer = 1: must be a whole number from 0 to 0"):
        connectivity(model, x, targets, layer=1)
    with pytest.raises(UnknownName, match="unknown recurrent module 'recurent'; did you mean 'recurrent'"):
        connectivity(model, x, targets, module="recurent")
    with pytest.raises(ValueError, match="targets"):
        connectivity(model, x, targets[:, :3])


CLASSES = torch.zeros(2, 4, dtype=torch.long)


@pytest.mark.parametrize(
    ("x", "targets", "error", "says"),
    [
        (torch.full((2, 4, 2), torch.nan), CLASSES, ValueError, "the loss is not finite at 8 of 8 steps"),
        (torch.ones(0, 4, 2), CLASSES[:0], ValueError, "at least one sequence and one time step"),
        (torch.ones(2, 0, 2), CLASSES[:, :0], ValueError, "at least one sequence and one time step"),
        (torch.ones(2, 4, 2), CLASSES - 100, ValueError, "all targets are -100"),
        (torch.ones(2, 4, 2), CLASSES + 3, ValueError, "the class 3: must be from 0 to 2"),
        (torch.ones(2, 4, 2), CLASSES - 1, ValueError, "the class -1: must be from 0 to 2"),
        (torch.ones(2, 4, 2), CLASSES.tolist(), TypeError, "targets is list: must be a Tensor"),
    ],
)
def test_it_says_what_is_the_matter_with_a_batch(x, targets, error, says):
    with pytest.raises(error, match=says):
        connectivity(SequenceModel("gru", 2, 3, 3, every_step=True), x, targets)


def test_classes_may_be_of_any_integer_type():
    model, x = SequenceModel("gru", 2, 3, 3, every_step=True), torch.randn(2, 4, 2)
    expected = connectivity(model, x, CLASSES)
    np.testing.assert_array_equal(connectivity(model, x, CLASSES.int()), expected)


@pytest.mark.parametrize("of", [lambda: connectivity(None, None, None), lambda: hidden_eigenvalues(None)])
def test_values_that_are_not_models(of):
    with pytest.raises(CannotWatch, match=r"NoneType is not an nn.RNN, nn.LSTM or nn.GRU"):
        of()

"""Remedies on a training, by hand."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_sequence

from gradviz.diagnosis.finding import Change
from gradviz.errors import UnknownName
from gradviz.remedies.last_squash import SQUASHES
from gradviz.remedies.not_possible import NotPossible
from gradviz.remedies.remedy_table import apply_changes
from gradviz.remedies.replayed_batches import ReplayedBatches
from gradviz.remedies.training_case import TrainingCase
from gradviz.remedies.training_copy import TrainingCopy


class Kept(nn.Module):
    """Returns one weight times the sum of its input over time, and keeps what it was given."""

    def __init__(self, end=None):
        super().__init__()
        self.weight, self.end = nn.Parameter(torch.ones(1)), end

    def forward(self, *given):
        self.given = given
        x = given[0].data if hasattr(given[0], "batch_sizes") else given[0]
        found = self.weight * x.float().sum(tuple(range(1, x.dim())))
        return found.unsqueeze(1) if self.end is None else self.end(found.unsqueeze(1))


def training(batches, *, loss_fn=nn.functional.mse_loss, optimizer=None, model=None):
    make = optimizer or (lambda parameters: torch.optim.SGD(parameters, lr=0.5))
    case = TrainingCase(model or Kept(), batches, loss_fn, make)
    return TrainingCopy(case, ReplayedBatches(batches, torch.device("cpu")))


def applied(to, *names, **options):
    apply_changes(to, [Change(name, options.get(name, {})) for name in names])
    return to


X, Y = torch.tensor([[[1.0], [2.0]]]), torch.tensor([[0.0]])  # the output is 3 w, the loss 9 w²


def test_a_step_by_hand():
    found = training([(X, Y)])
    taken = found.step(0)
    assert (taken.loss, taken.comparable) == (9.0, 9.0)
    assert found.model.weight.item() == 1 - 0.5 * 18


def test_the_gradient_is_clipped():
    found = applied(training([(X, Y)]), "clip_norm", clip_norm={"limit": 0.5})
    found.step(0)
    assert found.model.weight.item() == pytest.approx(1 - 0.5 * 0.5)


@pytest.mark.parametrize("is_given", [False, True])
def test_the_learning_rate_is_lowered(is_given):
    model, optimizer = Kept(), None
    if is_given:
        groups = [{"params": [model.weight]}, {"params": [torch.zeros(1)], "lr": 2.0}]
        optimizer = torch.optim.SGD(groups, lr=0.5)
    found = training([(X, Y)], model=model, optimizer=optimizer)
    applied(found, "lower_learning_rate", lower_learning_rate={"factor": 0.1})
    found.step(0)
    assert found.model.weight.item() == pytest.approx(1 - 0.05 * 18)
    if is_given:
        assert [group["lr"] for group in found.optimizer.param_groups] == [0.05, 0.2]
        assert [group["lr"] for group in optimizer.param_groups] == [0.5, 2.0]
        assert model.weight.item() == 1.0


def test_the_learning_rate_is_raised():
    found = training([(X, Y)])
    before = found.optimizer.param_groups[0]["lr"]
    applied(found, "raise_learning_rate", raise_learning_rate={"factor": 100.0})
    assert found.optimizer.param_groups[0]["lr"] == pytest.approx(100 * before)
    with pytest.raises(ValueError, match="factor"):
        applied(found, "raise_learning_rate", raise_learning_rate={"factor": 0.1})


def test_gradients_are_zeroed_again():
    found = training([(X, Y)])
    found.zeroes_gradients = False
    found.step(0)
    gradient = found.model.weight.grad.item()
    found.step(0)
    assert found.model.weight.grad.item() == pytest.approx(gradient + 18 * (1 - 0.5 * gradient))
    applied(found, "zero_grad")
    weight = found.model.weight.item()
    found.step(0)
    assert found.model.weight.grad.item() == pytest.approx(18 * weight)


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_the_target_gets_the_shape_of_the_output():
    x, y = torch.tensor([[[1.0]], [[3.0]]]), torch.tensor([1.0, 3.0])
    assert training([(x, y)]).step(0).loss == 2.0  # all pairs
    assert applied(training([(x, y)]), "match_target").step(0).loss == 0.0
    with pytest.raises(NotPossible, match=r"shape \(3,\) cannot be given the output's shape, \(2, 1\)"):
        applied(training([(x, torch.zeros(3))]), "match_target").step(0)


def test_inputs_are_normalised_per_feature():
    x = torch.tensor([[[800.0, 1.0], [802.0, 1.0]], [[804.0, 1.0], [806.0, 1.0]]])
    found = applied(training([(x, torch.zeros(2, 1))]), "normalise_input")
    found.step(0)
    given = found.model.given[0]
    expected = [number / math.sqrt(5.0) for number in (-3, -1, 1, 3)]
    assert given[..., 0].flatten().tolist() == pytest.approx(expected)
    assert given[..., 1].abs().max() == 0  # a feature that never changes


@pytest.mark.parametrize(
    "inputs",
    [
        torch.tensor([[[1.0], [3.0]]]),
        (torch.tensor([[[1.0], [3.0]]]), torch.full((1, 2), 7.0)),
        pack_sequence([torch.tensor([[1.0], [3.0]])]),
    ],
    ids=["tensor", "tuple", "packed"],
)
def test_the_first_floating_input_is_normalised(inputs):
    found = applied(training([(inputs, torch.zeros(1, 1))]), "normalise_input")
    found.change_inputs(inputs)
    changed = found.change_inputs(inputs)
    first = changed[0] if isinstance(inputs, tuple) and not hasattr(inputs, "batch_sizes") else changed
    values = first.data if hasattr(first, "batch_sizes") else first
    assert values.flatten().tolist() == [-1.0, 1.0]
    if isinstance(changed, tuple) and len(changed) == 2:
        assert torch.equal(changed[1], inputs[1])


def test_named_inputs_keep_their_names():
    inputs = {"tokens": torch.tensor([1, 2]), "x": torch.tensor([[[1.0], [3.0]]])}
    changed = applied(training([(inputs, 0)]), "normalise_input").change_inputs(inputs)
    assert list(changed) == ["tokens", "x"]
    assert changed["x"].flatten().tolist() == [-1.0, 1.0]


def test_whole_numbers_are_not_normalised():
    with pytest.raises(NotPossible, match="no floating-point numbers"):
        applied(training([(torch.tensor([[1, 2]]), Y)]), "normalise_input")


@settings(max_examples=20, deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(0.1, 1e3), st.integers(0, 100))
def test_standardised_targets_are_compared_in_their_own_units(mean, deviation, seed):
    """The comparable loss is that of the output, brought back, against the target as given."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(6, 3, 1, generator=generator, dtype=torch.float64)
    y = mean + deviation * torch.randn(6, 1, generator=generator, dtype=torch.float64)
    found = applied(training([(x, y)], model=Kept().double()), "standardise_target")
    taken = found.step(0)
    m, s = y.mean(), y.std(correction=0)
    output = x.sum((1, 2)).unsqueeze(1)
    assert taken.loss == pytest.approx(float(((output - (y - m) / s) ** 2).mean()), rel=1e-4)
    assert taken.comparable == pytest.approx(float(((output * s + m - y) ** 2).mean()), rel=1e-4)


def test_classes_are_not_standardised():
    with pytest.raises(NotPossible):
        applied(training([(X, torch.tensor([1]))]), "standardise_target")


class Attending(nn.Module):
    """A softmax inside the model, which must stay, and what is last."""

    def __init__(self, last):
        super().__init__()
        self.last, self.attention, self.weight = last, nn.Softmax(-1), nn.Parameter(torch.ones(2))

    def forward(self, x):
        found = self.last(self.attention(x[:, -1] * self.weight) * self.weight)
        return found if isinstance(self.last, nn.Identity) else (found, None)


@pytest.mark.parametrize(
    "last", [nn.Softmax(-1), nn.LogSoftmax(-1), nn.Sigmoid(), nn.Sequential(nn.ReLU(), nn.Sigmoid())]
)
def test_the_last_squashing_module_is_removed(last):
    found = training([(torch.randn(4, 3, 2), 0)], model=Attending(last), loss_fn=lambda o, t: o[0].sum())
    applied(found, "remove_softmax")
    squashes = [part for part in found.model.modules() if isinstance(part, SQUASHES)]
    assert squashes == [found.model.attention]
    assert not any(part._forward_hooks for part in found.model.modules())


@pytest.mark.parametrize("last", [nn.Identity(), nn.ReLU()])
def test_a_softmax_inside_the_model_stays(last):
    found = training([(torch.randn(4, 3, 2), 0)], model=Attending(last), loss_fn=lambda o, t: o[0].sum())
    with pytest.raises(NotPossible, match="no softmax or sigmoid module is the last one"):
        applied(found, "remove_softmax")


def test_unknown_names_and_options():
    with pytest.raises(UnknownName, match="unknown remedy 'clip'; did you mean 'clip_norm'"):
        applied(training([(X, Y)]), "clip")
    with pytest.raises(NotPossible, match="'clip_norm' does not take its options \\(none\\)"):
        applied(training([(X, Y)]), "clip_norm")
    with pytest.raises(ValueError, match="limit = 0"):
        applied(training([(X, Y)]), "clip_norm", clip_norm={"limit": 0})

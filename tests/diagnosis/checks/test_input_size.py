"""Inputs that saturate the gates by their size, and large ones that do not."""

import pytest
import torch
from diagnosis.mistakes import findings, training
from torch import nn

import gradviz as gv

KIND = "input_not_normalised"


@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
def test_found(cell):
    tree = training(cell=cell, scale=100.0, iterations=21)
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity in {"trouble", "warning"}  # the sign of a sum can be learned from saturated gates
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)
    assert [change.name for change in found.remedy.changes] == ["normalise_input"]


def test_prices():
    torch.manual_seed(0)
    lstm = nn.LSTM(1, 32, batch_first=True)
    x = torch.arange(800.0, 850.0, 0.5).view(1, -1, 1).repeat(4, 1, 1) + torch.rand(4, 1, 1)
    before, after = (gv.probe(lstm, inputs=each) for each in (x, (x - x.mean((0, 1))) / x.std((0, 1))))
    assert findings(before, KIND, lag=10)[0].severity == "trouble"
    assert not findings(after, KIND, lag=10)


def one_hot(batch, steps, features):
    return nn.functional.one_hot(torch.randint(features, (batch, steps)), features).float()


@pytest.mark.parametrize(
    "x",
    [
        lambda: one_hot(4, 20, 5000),
        lambda: 3 * nn.functional.normalize(torch.randn(4, 20, 5), dim=-1),
        lambda: torch.randn(4, 20, 300),
        lambda: torch.randn(4, 20, 5),
    ],
)
def test_healthy_inputs(x):
    torch.manual_seed(0)
    given = x()
    for cell in (nn.RNN, nn.LSTM):
        layer = cell(given.shape[-1], 16, batch_first=True)
        assert not findings(gv.probe(layer, inputs=given), KIND, lag=10)


def test_a_large_input_behind_a_norm_is_small():
    assert not findings(training(scale=100.0, normalise=True, iterations=1), KIND, lag=5)


def test_small_weights_do_not_mind():
    torch.manual_seed(0)
    layer = nn.GRU(5, 16, batch_first=True)
    with torch.no_grad():
        layer.weight_ih_l0.mul_(1e-3)
    assert not findings(gv.probe(layer, inputs=100 * torch.randn(4, 20, 5)), KIND, lag=10)


def test_an_embedding_that_grew():
    torch.manual_seed(0)
    model = nn.ModuleDict({"embedding": nn.Embedding(9, 4), "layer": nn.GRU(4, 16)})
    with gv.record(model) as tape:
        for size in (1.0, 1000.0):
            with torch.no_grad():
                model["embedding"].weight.mul_(size)
            model["layer"](model["embedding"](torch.randint(9, (20, 4))))[0][-1].sum().backward()
            tape.step()
    assert not findings(tape.tree, KIND, lag=10)
    (found,) = findings(tape.tree, "input_grows", lag=10)
    assert [change.name for change in found.remedy.changes] == ["lower_learning_rate"]
    assert all(amount.recompute(tape.tree) == amount.value for amount in found.amounts)
    assert found.amounts[0].value > 2 * found.amounts[1].value


def test_a_training_that_learns_all_the_same_is_a_warning():
    tree = training(scale=100.0, iterations=21).copy()
    falling = 1 / (1 + tree["iteration"].values)
    tree.dataset = tree.to_dataset().assign(loss=("iteration", falling))
    assert findings(tree, KIND, lag=5)[0].severity == "warning"

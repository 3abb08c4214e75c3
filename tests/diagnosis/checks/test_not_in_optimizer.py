"""Parameters that no optimizer holds."""

import pytest
import torch
from diagnosis.mistakes import findings
from torch import nn

import gradviz as gv

KIND = "not_in_optimizer"


def training(*, held=("embed", "layer", "head"), steps=60, solvable=False, frozen=False):
    torch.manual_seed(0)
    layer = nn.GRU(2, 6)
    model = nn.ModuleDict({"embed": nn.Linear(2, 2), "layer": layer, "head": nn.Linear(6, 1)})
    if frozen:
        layer.requires_grad_(False)
    optimizer = torch.optim.Adam([p for name in held for p in model[name].parameters()], lr=0.05)
    with gv.record(model, optimizer=optimizer, every=10) as tape:
        for _ in range(steps):
            optimizer.zero_grad()
            x = torch.randn(5, 8, 2)
            target = torch.ones(8) if solvable else torch.randn(8)
            loss = (model["head"](layer(model["embed"](x))[0][-1])[:, 0] - target).square().mean()
            loss.backward()
            optimizer.step()
            tape.step(loss)
    return tape.tree


def test_a_layer_that_was_forgotten():
    tree = training(held=("embed", "head"))
    (found,) = findings(tree, KIND)
    assert found.severity == "trouble"
    assert [amount.value for amount in found.amounts] == [4]
    assert "layer.weight_hh_l0" in found.what
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)
    assert gv.diagnose(tree)[0] == found


@pytest.mark.parametrize("options", [{"solvable": True}, {"steps": 12}])
def test_what_learns_or_is_too_short_to_tell_is_a_warning(options):
    (found,) = findings(training(held=("embed", "head"), **options), KIND)
    assert found.severity == "warning"


def test_another_part_of_the_model_counts_too():
    (found,) = findings(training(held=("layer", "head")), KIND)
    assert "embed.weight, embed.bias" in found.what


def test_healthy_twins():
    assert not findings(training(), KIND)
    assert not findings(training(frozen=True, held=("embed", "head")), KIND)

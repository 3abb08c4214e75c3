"""Gradients that are not zeroed, and gradients that are added up on purpose."""

import torch
from diagnosis.mistakes import findings, training

import gradviz as gv

KIND = "gradients_accumulate"
SGD = {"optimizer": torch.optim.SGD, "rate": 0.3}


def test_never_zeroed():
    tree = training(zero_every=None, **SGD)
    (found,) = findings(tree, KIND, lag=5)
    assert found.severity == "trouble"
    assert [amount.value for amount in found.amounts] == [1, 6]  # the LayerNorm is not used
    assert [change.name for change in found.remedy.changes] == ["zero_grad"]
    assert "layer.weight_ih_l0" in found.what
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)


def test_zeroed_less_often_than_updated():
    (found,) = findings(training(zero_every=2, iterations=12, every=1), KIND, lag=5)
    assert 0.4 < found.amounts[0].value < 0.6


def test_what_was_learned_in_spite_of_it_is_a_warning():
    tree = training(zero_every=None, **SGD).copy()
    tree.dataset = tree.to_dataset().assign(loss=("iteration", 1 / (1 + tree["iteration"].values)))
    assert findings(tree, KIND, lag=5)[0].severity == "warning"
    (short,) = findings(training(zero_every=None, iterations=12, every=1), KIND, lag=5)
    assert short.severity == "warning"  # too few losses to tell


def test_healthy_twins():
    assert not findings(training(**SGD), KIND, lag=5)
    assert not findings(training(zero_every=4, update_every=4, iterations=12, every=1), KIND, lag=5)
    assert not findings(training(set_to_none=False, iterations=12, every=1), KIND, lag=5)


def test_two_optimizers_each_zeroed():
    torch.manual_seed(0)
    model = torch.nn.ModuleDict({"layer": torch.nn.GRU(2, 4), "head": torch.nn.Linear(4, 1)})
    both = [torch.optim.SGD(model[name].parameters(), 0.1) for name in model]
    with gv.record(model, optimizer=both[0]) as tape:
        for _ in range(4):
            for each in both:
                each.zero_grad()
            loss = model["head"](model["layer"](torch.randn(5, 3, 2))[0][-1]).sum()
            loss.backward()
            for each in both:
                each.step()
            tape.step(loss)
    assert not findings(tape.tree, KIND)


def test_without_the_optimizer_it_cannot_be_seen():
    assert not findings(
        training(zero_every=None, is_given_optimizer=False, iterations=4, every=1), KIND, lag=5
    )

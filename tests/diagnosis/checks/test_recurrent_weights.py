"""Recurrent weights that go to zero, and weights that are small for other reasons."""

import pytest
import torch
from torch import nn

import gradviz as gv

KIND = "recurrent_weights_vanish"


def recorded(factors, cell=nn.RNN, *, small=1.0, layers=1):
    """A recording whose recurrent weights are multiplied by a factor before each step."""
    torch.manual_seed(0)
    layer = cell(2, 8, num_layers=layers)
    weights = [parameter for name, parameter in layer.named_parameters() if "weight_hh" in name]
    with torch.no_grad(), gv.record(layer) as tape:
        for weight in weights:
            weight.mul_(small)
        for factor in factors:
            for weight in weights:
                weight.mul_(factor)
            with torch.enable_grad():
                layer(torch.randn(12, 4, 2))[0][-1].sum().backward()
            tape.step()
    return tape.tree


def found(tree, **options):
    return [each for each in gv.diagnose(tree, **options) if each.kind == KIND]


@pytest.mark.parametrize(
    ("cell", "severity"), [(nn.RNN, "trouble"), (nn.GRU, "warning"), (nn.LSTM, "warning")]
)
def test_weights_that_go_to_zero(cell, severity):  # gates still carry a state without them
    tree = recorded([1, 0.1, 0.01, 0.01], cell)
    (finding,) = found(tree, lag=11)
    assert finding.severity == severity
    now, before = (amount.value for amount in finding.amounts)
    assert now == pytest.approx(before * 1e-5)
    assert all(amount.recompute(tree) == amount.value for amount in finding.amounts)
    assert "weight_decay=0" in finding.remedy.code


@pytest.mark.parametrize("factors", [[1, 0.0], [1, 1e-20]])
def test_no_gradient_between_steps_is_a_consequence(factors):
    diagnosis = gv.diagnose(recorded(factors), lag=11)
    assert diagnosis[0].kind == KIND
    assert diagnosis[0].severity == "trouble"
    others = [each for each in diagnosis if each.kind in ("direct_gradient_only", "vanishing")]
    assert others
    assert all(each.cause == KIND for each in others)


def test_each_layer():
    assert [each.where.layer for each in found(recorded([1, 1e-4], layers=2))] == [0, 1]


def test_healthy_twins():
    assert not found(recorded([1, 1, 1]))
    assert not found(recorded([1, 3, 3], small=1e-3))  # small at first, and grows
    assert not found(recorded([1, 0.9, 0.9], small=1e-3))  # was small from the beginning
    assert not found(recorded([1, 0.5, 0.5]))
    assert not found(recorded([1e-4]))  # a single step tells of no change
    assert not found(recorded([1, 1e-4, 1e4]))  # they have come back


def test_what_began_before_they_were_quite_gone_is_a_consequence_too():
    during = gv.diagnose(recorded([1, 0.3, 0.1, 0.1, 0.1]), lag=11)
    (vanishing,) = [each for each in during if each.kind == "vanishing"]
    assert during[0].kind == KIND
    assert vanishing.cause == KIND
    assert vanishing.since < during[0].since


def test_what_was_there_from_the_beginning_is_not():
    always = gv.diagnose(recorded([1, 0.1, 0.1, 0.1], small=0.3), lag=11)
    (vanishing,) = [each for each in always if each.kind == "vanishing"]
    assert vanishing.since == 0
    assert vanishing.cause is None

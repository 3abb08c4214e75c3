"""A state that is handed on to the next training step, with its graph and without it."""

import pytest
import torch
from diagnosis.mistakes import HandedOn, findings, training
from torch import nn

import gradviz as gv

KIND = "state_not_detached"


def test_found():
    tree = HandedOn().record()
    (found,) = findings(tree, KIND, lag=4)
    assert found.severity == "trouble"
    assert found.where.module == "lstm"
    assert found.amounts[0].value == found.amounts[0].recompute(tree) == 1


def test_healthy_twins():
    assert not findings(HandedOn(is_detached=True).record(), KIND, lag=4)
    assert not findings(training(), KIND, lag=9)


@pytest.mark.parametrize("is_detached", [False, True])
def test_a_training_that_stops_at_its_second_step(is_detached):
    layer, state = nn.LSTM(2, 4), None
    optimizer = torch.optim.Adam(layer.parameters())

    def train(tape):
        nonlocal state
        for number in range(2):
            output, state = layer(torch.randn(5, 3, 2), state)
            if is_detached:
                state = tuple(each.detach() for each in state)
                if number:
                    raise RuntimeError("CUDA out of memory")
            output.sum().backward(retain_graph=True)
            optimizer.step()
            tape.step(output.sum())

    with pytest.raises(RuntimeError), gv.record(layer, every=10, optimizer=optimizer) as tape:
        train(tape)
    assert bool(findings(tape.tree, KIND)) is not is_detached

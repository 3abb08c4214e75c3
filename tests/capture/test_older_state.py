"""A state that leads back to an earlier training step, by the graph."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.capture.older_state import comes_from_before


def continues(model, steps, *, every=1, **backward):
    """Whether each step begins with a state of an earlier one; ``steps`` returns a loss for each number."""
    with gv.record(model, every=every) as tape:
        for number in range(3):
            steps(number).backward(**backward)
            tape.step(1.0)
    found = tape.tree.get("continues_step")
    return None if found is None else found.values.tolist()


KINDS = [nn.RNN, nn.LSTM, nn.GRU]


class HandedOn:
    """Hands the state of a layer on from step to step."""

    def __init__(self, layer, between):
        self.layer, self.between, self.state = layer, between, None

    def __call__(self, number):
        state = self.state if self.state is None else self.between(self.state)
        output, self.state = self.layer(torch.ones(4, 3, 2), state)
        return output.sum()


def detached(state):
    return tuple(each.detach() for each in state) if isinstance(state, tuple) else state.detach()


def scaled(state):
    return tuple(0.5 * each for each in state) if isinstance(state, tuple) else 0.5 * state


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("between", [lambda state: state, scaled])
def test_undetached(kind, between):
    layer = kind(2, 4)
    found = continues(layer, HandedOn(layer, between), retain_graph=True)
    assert math.isnan(found[0])
    assert found[1:] == [1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_detached(kind):
    layer = kind(2, 4)
    assert continues(layer, HandedOn(layer, detached)) is None


def test_every_other_step():
    layer = nn.LSTM(2, 4)
    assert continues(layer, HandedOn(layer, lambda s: s), every=2, retain_graph=True)[-1] == 1


@pytest.mark.parametrize("kind", [nn.RNNCell, nn.LSTMCell, nn.GRUCell])
@pytest.mark.parametrize("is_detached", [False, True])
def test_a_cell_in_a_loop(kind, is_detached):
    cell, held = kind(2, 4), []

    def step(number):
        state = held.pop() if held else None
        for x in torch.ones(5, 3, 2):
            state = cell(x, state)
        held.append(detached(state) if is_detached else state)
        return (state[0] if isinstance(state, tuple) else state).sum()

    found = continues(cell, step, retain_graph=True)
    assert found is None if is_detached else found[1:] == [1, 1]


def test_a_learned_first_state_is_none():
    """Neither a parameter, nor what a network computes from the input."""
    layer, first, network = nn.GRU(2, 4), nn.Parameter(torch.zeros(1, 3, 4)), nn.Linear(2, 4)
    model = nn.ModuleDict({"layer": layer, "network": network})
    model.first = first
    x = torch.ones(5, 3, 2)

    def step(number):
        given = network(x.mean(0, keepdim=True)) if number % 2 else first * 1
        return layer(x, given)[0].sum()

    assert continues(model, step) == [0, 0, 0]


def test_an_encoder_of_this_step_is_none():
    encoder, decoder = nn.GRU(2, 4), nn.GRU(2, 4)
    model = nn.ModuleDict({"encoder": encoder, "decoder": decoder})
    x = torch.ones(5, 3, 2)
    assert continues(model, lambda number: decoder(x, encoder(x)[1])[0].sum()) == [0, 0, 0]


def test_pieces_of_one_step_are_none():
    layer, x = nn.LSTM(2, 4), torch.ones(6, 3, 2)

    def step(number):
        state, loss = None, 0
        for piece in x.split(2):
            output, state = layer(piece, state)
            loss = loss + output.sum()
        return loss

    assert continues(layer, step) is None


def test_the_recording_tells_although_the_second_backward_fails():
    layer = nn.LSTM(2, 4)
    optimizer = torch.optim.SGD(layer.parameters(), 0.1)
    step = HandedOn(layer, lambda state: state)
    tape = gv.record(layer, optimizer=optimizer)

    def train():
        with tape:
            for number in range(3):
                step(number).backward()
                optimizer.step()
                tape.step()

    with pytest.raises(RuntimeError):
        train()
    assert tape.tree["continues_step"].values.tolist()[-1] == 1
    assert gv.diagnose(tape.tree)[0].kind == "state_not_detached"


def test_a_graph_that_is_too_large_does_not_tell():
    state = torch.ones(2, requires_grad=True)
    for _ in range(5000):
        state = state + 1
    assert math.isnan(comes_from_before([state], [torch.ones(1)], lambda place: False))
    assert math.isnan(comes_from_before([torch.ones(2)], [], lambda place: False))

"""What the first states of the step after a recorded one tell, and that nothing is left behind."""

import copy

import pytest
import torch
from torch import nn

import gradviz as gv

KINDS = [nn.RNN, nn.LSTM, nn.GRU]
CELLS = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]


def detached(state):
    return tuple(each.detach() for each in state) if isinstance(state, tuple) else state.detach()


def trained(model, steps, *, every=10, raises=None, count=3):
    """The known facts after a training of ``steps(number)``, whose backward may raise; and the tape."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def train(tape):
        for number in range(count):
            optimizer.zero_grad()
            steps(number).backward()
            optimizer.step()
            tape.step(1.0)

    with pytest.raises(raises) if raises else _nothing(), gv.record(model, every=every) as tape:
        train(tape)
    found = tape.tree.get("continues_step")
    return ([] if found is None else found.dropna("iteration").values.tolist()), tape


class _nothing:
    def __enter__(self):
        pass

    def __exit__(self, *_):
        pass


def handed_on(module, between, given=lambda state: {"hx": state}):
    """A step that begins with the state of the one before."""
    held = [None]

    def step(number):
        returned = module(torch.ones(4, 3, 2), **given(held[0]))
        held[0] = between(returned[1])
        return returned[0].sum()

    return step


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("every", [1, 2, 10])
def test_a_step_that_never_finished(kind, every):
    layer = kind(2, 4)
    found, tape = trained(layer, handed_on(layer, lambda s: s), every=every, raises=RuntimeError)
    assert found == [1]
    assert gv.undetached_steps(tape.tree)["undetached_fraction"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_detached_state(kind):
    layer = kind(2, 4)
    assert trained(layer, handed_on(layer, detached))[0] == []


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("is_detached", [False, True])
def test_a_cell_in_a_loop(kind, is_detached):
    cell, held = kind(2, 4), [None]

    def step(number):
        state = held[0]
        for x in torch.ones(5, 3, 2):
            state = cell(x, state)
        held[0] = detached(state) if is_detached else state
        return (state[0] if isinstance(state, tuple) else state).sum()

    found, _ = trained(cell, step, raises=None if is_detached else RuntimeError)
    assert found == ([] if is_detached else [1])


def test_another_error_in_the_middle_of_a_step():
    layer, held = nn.LSTM(2, 4), [None]

    def step(number):
        output, state = layer(torch.ones(4, 3, 2), held[0])
        held[0] = detached(state)
        if number == 1:
            raise KeyError("a word that is not in the vocabulary")
        return output.sum()

    assert trained(layer, step, raises=KeyError)[0] == []


def test_a_first_state_that_is_learned():
    model = nn.ModuleDict({"layer": nn.GRU(2, 4), "first": nn.Linear(1, 4)})

    def step(number):
        first = model["first"](torch.ones(1, 3, 1))
        output, state = model["layer"](torch.ones(4, 3, 2), first)
        return output.sum() + model["layer"](torch.ones(4, 3, 2), state)[0].sum()  # of the same step

    assert trained(model, step)[0] == [0, 0]  # of the recorded step and the one after it


def test_modules_that_share_their_weights():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = nn.GRU(2, 4)
            self.decoder = nn.GRU(2, 4)
            for name, weight in self.encoder.named_parameters():
                setattr(self.decoder, name, weight)

        def forward(self, x):
            return self.decoder(x, self.encoder(x)[1])[0].sum()

    model = Twice()
    assert 1 not in trained(model, lambda number: model(torch.ones(4, 3, 2)), every=2)[0]


def test_no_hook_is_left_and_none_is_copied():
    layer = nn.LSTM(2, 4)
    copies = []

    def step(number):
        copies.append(copy.deepcopy(layer))
        return layer(torch.ones(4, 3, 2))[0].sum()

    trained(layer, step, count=4)
    for module in [layer, *copies]:
        assert not module._forward_pre_hooks
        assert not module._forward_hooks


def test_no_hook_is_left_by_an_error():
    layer = nn.LSTM(2, 4)
    trained(layer, handed_on(layer, lambda s: s), raises=RuntimeError)
    assert not layer._forward_pre_hooks
    assert not layer._forward_hooks


def test_without_gradients_nothing_is_said():
    layer = nn.LSTM(2, 4)
    step = handed_on(layer, lambda s: s)

    def watched(number):
        if number == 1:
            with torch.no_grad():
                step(number)
        return layer(torch.ones(4, 3, 2))[0].sum()

    assert trained(layer, watched)[0] == []

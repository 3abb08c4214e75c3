"""The time axis of an output: by sizes, and by the inputs of recurrent modules."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from gradviz.experiment.probe.time_axis import Axes, seen_axes, time_axis

FIRST, SECOND = Axes(50, 8, True), Axes(50, 8, False)


@pytest.mark.parametrize(
    ("shape", "calls", "expected"),
    [
        ((8, 50, 3), [FIRST], 1),
        ((50, 8, 3), [FIRST], 0),  # turned round on its way out
        ((50, 8, 3), [SECOND], 0),
        ((8, 3, 50), [FIRST], 2),  # classes in the middle, as cross-entropy takes them
        ((8, 50), [FIRST], 1),
        ((8, 3), [FIRST], None),
        ((8,), [FIRST], None),
        ((), [FIRST], None),
        ((2, 8, 3), [FIRST], 0),  # final states of two layers
        ((8, 25, 3), [FIRST], 1),  # every other step
        ((5, 6, 7), [FIRST], 1),
        ((5, 6, 7), [SECOND], 0),
        ((5, 6, 7), [], 1),
        ((8, 8, 3), [Axes(8, 8, True)], 1),
        ((8, 8, 3), [Axes(8, 8, False)], 0),
        ((50, 3), [Axes(50, None, True)], 0),
        ((3,), [Axes(50, None, True)], None),
        ((8, 20, 3), [Axes(20, 8, True), FIRST], 1),
        ((8, 3, 50), [Axes(20, 8, True), FIRST], 2),  # no axis is as long as the nearest call's sequences
    ],
)
def test_by_sizes(shape, calls, expected):
    assert time_axis(shape, calls) == expected


@pytest.mark.parametrize(
    ("module", "given", "axes"),
    [
        (nn.LSTM(3, 2), torch.zeros(7, 4, 3), Axes(7, 4, False)),
        (nn.GRU(3, 2, batch_first=True), torch.zeros(4, 7, 3), Axes(7, 4, True)),
        (nn.RNN(3, 2), torch.zeros(7, 3), Axes(7, None, False)),
        (nn.RNN(3, 2), pack_padded_sequence(torch.zeros(7, 2, 3), [7, 5]), Axes(7, 2, False)),
    ],
)
def test_of_a_call(module, given, axes):
    with seen_axes([module]) as seen:
        module(given)
    assert seen.axes == [axes]
    assert not module._forward_pre_hooks


def test_the_calls_of_a_cell_are_its_steps():
    cell = nn.GRUCell(3, 2)
    with seen_axes([cell]) as seen:
        for _ in range(6):
            cell(input=torch.zeros(4, 3))
    assert seen.axes == [Axes(6, 4, True)]


def test_the_last_call_comes_first():
    encoder, decoder = nn.LSTM(3, 2), nn.LSTM(3, 2)
    with seen_axes([encoder, decoder]) as seen:
        encoder(torch.zeros(7, 4, 3))
        decoder(torch.zeros(5, 4, 3))
        decoder(torch.zeros(5, 4, 3))
    assert seen.axes == [Axes(5, 4, False), Axes(7, 4, False)]


def test_nothing_is_left_when_the_model_fails():
    layer = nn.LSTM(3, 2)
    with pytest.raises(RuntimeError, match="9"), seen_axes([layer]):
        layer(torch.zeros(7, 4, 9))
    assert not layer._forward_pre_hooks

"""Which module's state a decoder began from, and how many steps lie between."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz import vocabulary as v


class Translator(nn.Module):
    """``bridge(out, h_n)`` makes the decoder's first state, (layers, batch, 6)."""

    def __init__(self, bridge, *, layers=1, bidirectional=False):
        super().__init__()
        self.encoder = nn.GRU(3, 6, layers, bidirectional=bidirectional)
        self.decoder = nn.GRU(2, 6, layers)
        self.linear = nn.Linear(12 if bidirectional else 6, 6)
        self.bridge = bridge

    def forward(self, source, target):
        out, h_n = self.encoder(source)
        return self.decoder(target, self.bridge(self, out, h_n).contiguous())[0]


def both_directions(model, out, h_n):
    return torch.tanh(model.linear(torch.cat([h_n[0], h_n[1]], -1))).unsqueeze(0)


BRIDGES = {
    "the state itself": (lambda m, out, h_n: h_n, {}, 7),
    "two layers": (lambda m, out, h_n: h_n, {"layers": 2}, 7),
    "a linear layer": (lambda m, out, h_n: m.linear(h_n), {}, 7),
    "both directions": (both_directions, {"bidirectional": True}, 7),
    "the last output": (lambda m, out, h_n: out[-1:], {}, 7),
    "the sequences in another order": (lambda m, out, h_n: h_n[:, [2, 0, 1]], {}, 7),
    "the mean of all outputs": (lambda m, out, h_n: m.linear(out.mean(0, keepdim=True)), {}, np.nan),
    "an output in the middle": (lambda m, out, h_n: out[3:4], {}, np.nan),
}


@pytest.mark.parametrize("name", BRIDGES)
def test_the_steps_before_the_decoder(name):
    bridge, options, steps = BRIDGES[name]
    model = Translator(bridge, **options)
    with gv.record(model) as tape:
        model(torch.randn(7, 3, 3), torch.randn(4, 3, 2))[-1].sum().backward()
    assert tape["decoder"].attrs[v.CONTINUES] == "encoder"
    np.testing.assert_array_equal(tape["decoder"][v.TIME_OFFSET], [[steps] * 3])
    assert v.CONTINUES not in tape["encoder"].attrs


def test_each_sequence_has_its_own_steps_wherever_its_row_goes():
    model = Translator(lambda m, out, h_n: h_n[:, [2, 0, 1]])
    packed = pack_padded_sequence(torch.randn(7, 3, 3), [4, 7, 2], enforce_sorted=False)
    with gv.record(model) as tape:
        model(packed, torch.randn(4, 3, 2))[-1].sum().backward()
    assert tape["decoder"][v.TIME_OFFSET].values.tolist() == [[2, 4, 7]]


def test_a_loss_on_the_encoder_as_well_leaves_the_offset_open():
    class Tagger(Translator):
        def forward(self, source, target):
            out, h_n = self.encoder(source)
            return self.decoder(target, h_n)[0][-1].sum() + out[2, 0].sum()

    model = Tagger(None)
    with gv.record(model) as tape:
        model(torch.randn(7, 3, 3), torch.randn(4, 3, 2)).backward()
    np.testing.assert_array_equal(tape["decoder"][v.TIME_OFFSET], [[np.nan, 7, 7]])


def test_layers_that_began_from_several_modules():
    """Each layer of the decoder from an encoder of its own."""

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.decoder = nn.GRU(3, 4), nn.GRU(3, 4), nn.GRU(2, 4, 2)

        def forward(self, source, target):
            states = [self.first(source)[1], self.second(source)[1]]
            return self.decoder(target, torch.cat(states))[0]

    model = Two()
    with gv.record(model) as tape:
        model(torch.randn(7, 3, 3), torch.randn(4, 3, 2))[-1].sum().backward()
    assert tape["decoder"].attrs[v.CONTINUES] == "first, second"
    assert tape["decoder"][v.TIME_OFFSET].values.tolist() == [[7, 7, 7]]


def test_a_decoder_cell_that_begins_from_an_encoder_in_pieces():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = nn.LSTM(3, 4), nn.LSTMCell(2, 4)

        def forward(self, source, target):
            state = None
            for piece in source.split(3):
                _, state = self.encoder(piece, state)
            h, c = (part[0] for part in state)
            for x in target:
                h, c = self.decoder(x, (h, c))
            return h

    model = Loop()
    with gv.record(model) as tape:
        model(torch.randn(7, 3, 3), torch.randn(4, 3, 2)).sum().backward()
    assert tape["encoder"].sizes["time"] == 7
    assert tape["decoder"].sizes["time"] == 4
    assert tape["decoder"].attrs[v.CONTINUES] == "encoder"
    assert tape["decoder"][v.TIME_OFFSET].values.tolist() == [[7, 7, 7]]

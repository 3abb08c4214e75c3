"""Lags from an encoder to its decoder, in both directions."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz.errors import BadRecording


class Translator(nn.Module):
    def __init__(self, *, reads_outputs=False):
        super().__init__()
        self.encoder, self.linear = nn.GRU(3, 4, bidirectional=True), nn.Linear(8, 4)
        self.decoder, self.reads_outputs = nn.GRU(2, 4), reads_outputs

    def forward(self, source, target):
        out, h_n = self.encoder(source)
        state = self.linear(torch.cat([h_n[0], h_n[1]], -1)).unsqueeze(0)
        read = self.decoder(target, state)[0][-1].sum()
        return read + (out.sum() if self.reads_outputs else 0)


def recorded(source, **options):
    model = Translator(**options)
    with gv.record(model) as tape:
        model(source, torch.randn(3, 2, 2)).backward()
    return tape.tree


def test_a_reverse_direction_ends_at_its_first_step():
    lag = gv.lag_across(recorded(torch.randn(5, 2, 3)), module="decoder")
    assert lag.dims == ("step", "direction", "time", "sample")
    for sample in range(2):
        assert lag.sel(direction="forward", sample=sample).values.tolist() == [[5, 4, 3, 2, 1]]
        assert lag.sel(direction="reverse", sample=sample).values.tolist() == [[1, 2, 3, 4, 5]]


def test_each_sequence_counts_from_its_own_end():
    packed = pack_padded_sequence(torch.randn(5, 2, 3), [2, 5], enforce_sorted=False)
    lag = gv.lag_across(recorded(packed), module="decoder")
    np.testing.assert_array_equal(lag[0, 0, :, 0], [2, 1, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(lag[0, 1, :, 0], [1, 2, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(lag[0, 0, :, 1], [5, 4, 3, 2, 1])


def test_the_lag_is_open_if_the_outputs_are_read_too():
    assert gv.lag_across(recorded(torch.randn(5, 2, 3), reads_outputs=True), module="decoder").isnull().all()


def test_a_module_that_continues_nothing():
    tree = recorded(torch.randn(5, 2, 3))
    with pytest.raises(BadRecording, match="first state of 'encoder' does not come from another"):
        gv.lag_across(tree, module="encoder")

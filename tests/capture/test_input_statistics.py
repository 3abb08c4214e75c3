import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz.capture.input_statistics import input_statistics


def test_by_hand():
    x = torch.tensor([[[3.0, 4.0], [0.0, 0.0]], [[3.0, 5.0], [6.0, 8.0]]])  # (time, sample, input)
    found = input_statistics(x)
    torch.testing.assert_close(found["input_norm"], torch.tensor([[5.0, 0.0], [34.0**0.5, 10.0]]))
    nan = torch.nan
    torch.testing.assert_close(found["input_change"], torch.tensor([[nan, nan], [1.0, 10.0]]), equal_nan=True)
    torch.testing.assert_close(found["input_spread"], torch.tensor([5.0, 18.0**0.5]))


def test_one_sequence_has_no_neighbour():
    assert input_statistics(torch.zeros(3, 1, 2))["input_spread"].isnan().all()


@pytest.mark.parametrize("batch_first", [True, False])
def test_recorded_with_a_module(batch_first):
    gru = nn.GRU(3, 4, num_layers=2, batch_first=batch_first, bidirectional=True)
    x = torch.randn(40, 6, 3)  # (batch, time, input)
    with gv.record(gru, samples=5) as tape:
        gru(x if batch_first else x.transpose(0, 1))[0].sum().backward()
    chosen = x[tape.dataset.sample.values.tolist()]  # (sample, time, input)
    assert tape.dataset.sample.values.tolist() == [0, 9, 19, 29, 39]
    assert tape.dataset.input_norm.dims == ("step", "time", "sample")
    np.testing.assert_allclose(tape.dataset.input_norm[0], chosen.norm(dim=-1).T, rtol=1e-6)
    np.testing.assert_allclose(tape.dataset.input_change[0, 1:], chosen.diff(dim=1).norm(dim=-1).T, rtol=1e-5)
    np.testing.assert_allclose(
        tape.dataset.input_spread[0], chosen.diff(dim=0).norm(dim=-1).mean(0), rtol=1e-5
    )


def test_padding_is_missing():
    rnn = nn.RNN(2, 3)
    packed = pack_padded_sequence(torch.ones(4, 2, 2), [4, 2])
    with gv.record(rnn) as tape:
        rnn(packed)[1].sum().backward()
    assert np.isnan(tape.dataset.input_norm[0]).sum("time").values.tolist() == [0, 2]
    assert np.isnan(tape.dataset.input_spread[0]).values.tolist() == [False, False, True, True]


def test_recorded_with_a_cell_in_a_loop():
    cell = nn.LSTMCell(3, 4)
    x = torch.randn(5, 2, 3)
    state = None
    with gv.record(cell) as tape:
        for x_t in x:
            state = cell(x_t, state)
        state[0].sum().backward()
    np.testing.assert_allclose(tape.dataset.input_norm[0], x.norm(dim=-1), rtol=1e-6)
    assert np.isnan(tape.dataset.input_change[0, 0]).all()


def test_half_precision_is_no_loss():
    lstm = nn.LSTM(2, 3).bfloat16()
    x = torch.full((3, 2, 2), 300.0, dtype=torch.bfloat16)
    with gv.record(lstm) as tape:
        lstm(x)[0].sum().backward()
    np.testing.assert_allclose(tape.dataset.input_norm, 300 * 2**0.5, rtol=1e-6)

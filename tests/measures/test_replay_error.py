"""The replay error, read from the attributes of a recording."""

import pytest
import torch
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.replay_error import replay_error


def test_it_is_read_from_the_attribute():
    ds = recording(log10_grad_h=one([[0.0]])).assign_attrs(replay_error=0.25)
    found = replay_error(ds)["replay_error"]
    assert found.item() == 0.25
    assert found.dims == ()
    assert found.attrs == {
        "long_name": "largest difference between replayed and native states",
        "units": "1",
    }


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-6), (torch.float64, 1e-14)])
def test_in_a_real_layer_it_is_rounding(dtype, most):
    layer = nn.LSTM(2, 3, num_layers=2).to(dtype)
    with gv.record(nn.ModuleList([layer])) as tape:
        layer(torch.randn(20, 4, 2, dtype=dtype))[0].sum().backward()
    assert 0 <= replay_error(tape.tree)["replay_error"].item() < most


def test_errors():
    ds = recording(log10_grad_h=one([[0.0]]))
    del ds.attrs["replay_error"]
    with pytest.raises(BadRecording, match="recording of 'recurrent' has no attribute 'replay_error'"):
        replay_error(ds)

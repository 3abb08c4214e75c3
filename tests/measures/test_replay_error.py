"""The parity that a recording says of itself."""

import pytest
import torch
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.replay_error import parity


def test_it_is_what_the_recording_says():
    ds = recording(log10_grad_h=one([[0.0]])).assign_attrs(parity=0.25)
    found = parity(ds)["parity"]
    assert found.item() == 0.25
    assert found.dims == ()
    assert found.attrs == {
        "long_name": "largest difference of a replayed state from the native one",
        "units": "1",
    }


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-6), (torch.float64, 1e-14)])
def test_of_a_real_layer_it_is_rounding(dtype, most):
    layer = nn.LSTM(2, 3, num_layers=2).to(dtype)
    with gv.record(nn.ModuleList([layer])) as tape:
        layer(torch.randn(20, 4, 2, dtype=dtype))[0].sum().backward()
    assert 0 <= parity(tape.tree)["parity"].item() < most


def test_errors():
    ds = recording(log10_grad_h=one([[0.0]]))
    del ds.attrs["parity"]
    with pytest.raises(BadRecording, match="recording of 'recurrent' does not say its parity"):
        parity(ds)

"""Weights that are NaN, as after a training step with a gradient that is not finite."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv


@pytest.mark.parametrize("samples", [None, 1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_the_last_state_has_what_the_loss_sends_it(kind, dtype, samples):
    """No weight is between the last state and a loss that is the sum of all states."""
    layer = kind(3, 4).to(dtype)
    with torch.no_grad():
        layer.weight_hh_l0.fill_(math.nan)
    with gv.record(layer, samples=samples) as tape:
        layer(torch.randn(3, 9, 3, dtype=dtype))[0].sum().backward()
    norms = tape.dataset["log10_grad_h"].values[0, 0, 0]  # (time, sample)
    np.testing.assert_allclose(norms[-1], math.log10(2), rtol=1e-6)  # of four ones
    assert (norms[:-1] == math.inf).all()

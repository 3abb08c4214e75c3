"""Statistics of many values are computed a few time steps at once, and are the same."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.capture.log10_norm import unit_norm


@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("at_once", [1, 300])  # one step, or a few
def test_in_pieces_as_at_once(monkeypatch, cell, at_once):
    """An LSTM's arrays have the sample innermost; a GRU's have the unit, and the gate outermost."""
    torch.manual_seed(0)
    layer, x = cell(3, 8), 9 * torch.randn(9, 4, 3)

    def recorded():
        with gv.record(layer) as tape:
            layer(x)[0].square().sum().backward()
        return tape.dataset

    whole = recorded()
    assert whole["gate_left"].max() > 0
    for module in ("log10_norm", "gate_statistics"):
        monkeypatch.setattr(f"gradviz.capture.{module}.values_at_once", lambda device: at_once)
    assert recorded().equals(whole)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
def test_norms_in_pieces_in_any_order_of_memory(monkeypatch, order):
    torch.manual_seed(0)
    values = torch.randn(7, 5, 6).permute(order)
    whole = unit_norm(values)
    monkeypatch.setattr("gradviz.capture.log10_norm.values_at_once", lambda device: 70)
    assert unit_norm(values).equal(whole)
    assert whole.numpy() == pytest.approx(torch.linalg.vector_norm(values.double(), dim=-1).numpy(), rel=1e-6)

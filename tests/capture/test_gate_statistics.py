"""Statistics of many values are computed a few time steps at once, and are the same."""

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.capture.gate_statistics import gate_statistics
from gradviz.capture.log10_norm import unit_norm
from gradviz.cell_descriptions import cell_of


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


@pytest.mark.parametrize("valid", [None, torch.tensor([[True, True], [True, False], [True, False]])])
def test_what_is_not_a_number_is_saturated_on_no_known_side(valid):
    gates = torch.full((4, 3, 2, 5), 0.95)  # gate, time, sample, unit
    gates[1, 2, 0, 3] = torch.nan
    gates[0, 2, 1, 0] = torch.nan if valid is None else 0.0  # padding does not count
    found = gate_statistics(cell_of({"cell": "lstm"}), gates, valid)
    for of, places in (("gate", [(2, 1), (2, 0)]), ("unit", [(1, 3), (0, 0)])):
        missing = torch.zeros_like(found[f"{of}_mean"], dtype=torch.bool)
        for place in places[: 2 if valid is None else 1]:
            missing[place] = True
        for name in (f"{of}_mean", f"{of}_left", f"{of}_right"):
            assert found[name].isnan().equal(missing)
        assert found[f"{of}_right"][~missing].eq(1).all()


@pytest.mark.parametrize("detail", ["norms", "forward"])
def test_a_unit_with_a_nan_has_no_saturation(detail):
    layer = nn.LSTM(3, 4)
    with torch.no_grad():
        layer.bias_ih_l0[4 + 1] = torch.nan  # the forget gate of unit 1
    with gv.record(layer, detail=detail) as tape:
        layer(torch.randn(1, 2, 3))[0].sum().backward()
    both = gv.unit_saturation(tape.dataset)["both"].squeeze()
    assert np.argwhere(np.isnan(both.transpose("gate", "unit").values)).tolist() == [[1, 1]]

"""Norm, spectral radius and largest singular value of the recurrent weights."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.spectrum import spectrum, weight_norm
from gradviz.cell_descriptions import CELLS


def test_by_hand():
    """[[.9, 10], [0, .9]] and a rotation by 90 degrees, twice as large."""
    weight = torch.tensor([[0.9, 10.0], [0.0, 0.9], [0.0, -2.0], [2.0, 0.0]])
    found = spectrum(weight, 2)
    assert found[v.SPECTRAL_RADIUS].tolist() == pytest.approx([0.9, 2.0], abs=1e-6)
    largest = 5 + math.sqrt(25 + 0.81)  # of [[a, b], [0, a]]: b/2 + sqrt(b²/4 + a²)
    assert found[v.LARGEST_SINGULAR_VALUE].tolist() == pytest.approx([largest, 2.0], abs=1e-6)


def test_a_projection_is_part_of_the_way():
    weight, projection = torch.tensor([[3.0], [4.0]]), torch.tensor([[2.0, 0.0]])
    found = spectrum(weight, 1, projection)
    assert found[v.SPECTRAL_RADIUS].item() == pytest.approx(6)
    assert found[v.LARGEST_SINGULAR_VALUE].item() == pytest.approx(10)


def test_a_broken_weight_has_none():
    found = spectrum(torch.tensor([[torch.nan]]), 1)
    assert all(values.isnan().all() for values in found.values())


def test_in_a_recording_with_every_gate_and_before_the_optimiser_moved_it():
    module = nn.LSTM(3, 4, 2, bidirectional=True)
    weight = module.weight_hh_l1_reverse.detach().clone()
    with gv.record(module, detail="full") as tape:
        module(torch.randn(5, 2, 3))[0].sum().backward()
        torch.optim.SGD(module.parameters(), 1.0).step()
    found = tape.dataset[v.SPECTRAL_RADIUS].isel(step=0, layer=1, direction=1)
    for gate, block in zip(CELLS["lstm"].gates, weight.chunk(4), strict=True):
        expected = np.abs(np.linalg.eigvals(block.double().numpy())).max()
        assert found.sel(gate=gate).item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("detail", ["norms", "full"])
@pytest.mark.parametrize("kind", ["layers", "cell", "projected"])
@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_norms_of_the_recurrent_weights(kind, detail):
    torch.manual_seed(0)
    module = {
        "layers": lambda: nn.GRU(3, 5, num_layers=2, bidirectional=True),
        "cell": lambda: nn.LSTMCell(3, 5),
        "projected": lambda: nn.LSTM(3, 5, proj_size=2),
    }[kind]()
    with gv.record(module, detail=detail) as tape:
        x = torch.randn(4, 2, 3)
        if kind == "cell":
            state = None
            for now in x:
                state = module(now, state)
            state[0].sum().backward()
        else:
            module(x)[0].sum().backward()
    found = tape.dataset[v.RECURRENT_WEIGHT_NORM]
    assert found.dims == ("step", "layer", "direction", "gate")
    ends = {
        "layers": [["_l0", "_l0_reverse"], ["_l1", "_l1_reverse"]],
        "cell": [[""]],
        "projected": [["_l0"]],
    }[kind]
    for layer, row in enumerate(ends):
        for direction, end in enumerate(row):
            weight = getattr(module, f"weight_hh{end}").detach()
            if kind == "projected":
                weight = weight @ module.weight_hr_l0.detach()
            expected = [float(block.norm()) for block in weight.chunk(found.sizes["gate"])]
            assert found[0, layer, direction].values == pytest.approx(expected, rel=1e-6)
    if detail == "full":
        assert (tape.dataset[v.LARGEST_SINGULAR_VALUE] <= found + 1e-6).all()


def test_norm_by_hand():
    weight = torch.tensor([[3.0, 0.0], [0.0, 4.0], [0.0, 0.0], [2.0, 0.0]])
    assert weight_norm(weight, 2)[v.RECURRENT_WEIGHT_NORM].tolist() == [5, 2]

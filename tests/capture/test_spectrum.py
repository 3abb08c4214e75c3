"""Spectral radius and largest singular value of the recurrent weights."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture.spectrum import spectrum
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

"""Uniform gate initialisation: gates from U(0, 1)."""

import pytest
import torch
from at_rest import KEEPS, assert_uniform, gate_of_units, kept_after
from torch import nn

import gradviz as gv

UNITS = 800


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_gates_are_spread_evenly_from_0_to_1_and_time_constants_have_a_heavy_tail(kind):
    gate = gate_of_units(gv.initialise(kind(2, UNITS), "unit_gate"), KEEPS[kind])
    assert_uniform(gate, 1 / UNITS, 1 - 1 / UNITS)
    time_constants = 1 / (1 - gate)
    assert time_constants.max() <= UNITS * 1.001
    for longer, fraction in ((2, 1 / 2), (10, 1 / 10), (50, 1 / 50)):
        found = (time_constants > longer).double().mean().item()
        assert abs(found - fraction) < 5 * (fraction * (1 - fraction) / UNITS) ** 0.5 + 1 / UNITS


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_a_state_is_kept_by_every_fraction_from_0_to_1(kind):
    assert_uniform(kept_after(gv.initialise(kind(2, 500), "unit_gate"), 1), 1 / 500, 1 - 1 / 500)


def test_an_lstms_input_gate_is_what_its_forget_gate_leaves():
    module = gv.initialise(nn.LSTM(2, 50), "unit_gate")
    forget, other = (gate_of_units(module, gate) for gate in ("forget", "input"))
    assert torch.allclose(forget + other, torch.ones(50, dtype=torch.float64), atol=1e-6)


def test_the_ends_are_one_unit_away_from_0_and_1():
    gate = gate_of_units(gv.initialise(nn.GRU(2, 20, 40), "unit_gate"), "update")
    assert 0.05 <= gate.min() + 1e-6 < 0.06
    assert 0.94 < gate.max() - 1e-6 <= 0.95


@pytest.mark.parametrize("units", [1, 2])
def test_the_fewest_units_stand_in_the_middle(units):
    assert gate_of_units(gv.initialise(nn.GRU(2, units), "unit_gate"), "update").tolist() == [0.5] * units


def test_the_generator_is_what_it_draws_from():
    cells, state = [nn.GRUCell(1, 4) for _ in range(3)], torch.get_rng_state()
    for cell, seed in zip(cells, (1, 1, 2), strict=True):
        gv.initialise(cell, "unit_gate", generator=torch.Generator().manual_seed(seed))
    first, second, other = (cell.bias_ih[4:8] for cell in cells)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_what_has_no_gate():
    with pytest.raises(TypeError, match=r"RNN has no forget gate; unit_gate is for nn.LSTM and nn.GRU"):
        gv.initialise(nn.RNN(1, 1), "unit_gate")

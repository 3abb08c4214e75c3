"""Chrono initialisation: time constants from U[2, T]."""

import pytest
import torch
from at_rest import KEEPS, assert_uniform, gate_of_units, kept_after
from torch import nn

import gradviz as gv

UNITS = 800


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
@pytest.mark.parametrize("t_max", [40, 300])
def test_time_constants_are_spread_evenly_and_many_gates_are_saturated(kind, t_max):
    gate = gate_of_units(gv.initialise(kind(2, UNITS), "chrono", t_max=t_max), KEEPS[kind])
    assert_uniform(1 / (1 - gate), 2, t_max)
    fraction = (t_max - 10) / (t_max - 2)
    saturated = (gate > 0.9).double().mean().item()
    assert abs(saturated - fraction) < 5 * (fraction * (1 - fraction) / UNITS) ** 0.5


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_states_last_for_their_time_constants(kind):
    module = gv.initialise(kind(2, 500), "chrono", t_max=100)
    per_step = kept_after(module, 3) ** (1 / 3)
    assert_uniform(1 / (1 - per_step), 2, 100)


def test_an_lstms_input_gate_is_what_its_forget_gate_leaves():
    module = gv.initialise(nn.LSTM(2, 50, 2), "chrono", t_max=60)
    forget, other = (gate_of_units(module, gate) for gate in ("forget", "input"))
    assert torch.allclose(forget + other, torch.ones(100, dtype=torch.float64), atol=1e-6)
    assert len(forget.unique()) == 100


def test_the_shortest_t_max_gives_one_time_constant():
    gate = gate_of_units(gv.initialise(nn.GRU(2, 5), "chrono", t_max=2), "update")
    assert gate.tolist() == [0.5] * 5


def test_the_generator_is_what_it_draws_from():
    cells, state = [nn.LSTMCell(1, 4) for _ in range(3)], torch.get_rng_state()
    for cell, seed in zip(cells, (1, 1, 2), strict=True):
        gv.initialise(cell, "chrono", t_max=9, generator=torch.Generator().manual_seed(seed))
    first, second, other = (cell.bias_ih[4:8] for cell in cells)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_bad_options():
    with pytest.raises(ValueError, match="the initialisation 'chrono' needs the option 't_max'"):
        gv.initialise(nn.LSTM(1, 1), "chrono")
    with pytest.raises(ValueError, match="t_max = 1: must be a finite number of at least 2"):
        gv.initialise(nn.LSTM(1, 1), "chrono", t_max=1)
    with pytest.raises(TypeError, match=r"RNN has no forget gate; chrono is for nn.LSTM and nn.GRU"):
        gv.initialise(nn.RNN(1, 1), "chrono", t_max=9)

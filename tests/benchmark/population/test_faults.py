"""Every fault can be put in and trained with; faults do what their names say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from gradviz.benchmark.population.draw import draw
from gradviz.benchmark.population.faults import FAULTS, fault_named
from gradviz.benchmark.population.held_out import HELD_OUT
from gradviz.benchmark.population.setup import Setup
from gradviz.benchmark.population.training import record_training, training

SETUP = Setup("delayed_recall", 8, "lstm", 2, start="forget_bias")


@pytest.mark.filterwarnings("ignore")  # of a broadcast target, and of what is not finite
@pytest.mark.parametrize("name", [*FAULTS, *HELD_OUT])
def test_it_can_be_trained(name):
    fault = fault_named(name)
    rng = np.random.default_rng(0)
    setup = fault.fits(draw(12, 0).setup, rng)
    strength = fault.strength(setup, rng)
    faulted = fault.code(setup, strength) if fault.code else setup
    _, losses = record_training(training(replace(faulted, steps=2), fault, strength))
    assert len(losses) == 2
    assert faulted != setup or fault.code is None
    healthy, ill = training(setup), training(faulted, fault, strength)
    if fault.weights and name != "weights_frozen":
        pairs = zip(healthy.model.parameters(), ill.model.parameters(), strict=True)
        assert any(not torch.equal(*pair) for pair in pairs)


@pytest.mark.parametrize(
    ("name", "cell", "gate", "strength"),
    [
        ("forget_bias_low", nn.LSTM, 1, -5.0),
        ("update_bias_low", nn.GRU, 1, -4.0),
        ("output_gate_closed", nn.LSTMCell, 3, -9.0),
        ("input_gate_closed", nn.LSTM, 0, -9.0),
    ],
)
def test_the_bias_of_one_gate(name, cell, gate, strength):
    module = cell(3, 4)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    FAULTS[name].weights(module, strength)
    suffix = "" if cell is nn.LSTMCell else "_l0"
    bias = module.state_dict()[f"bias_ih{suffix}"] + module.state_dict()[f"bias_hh{suffix}"]
    old = before[f"bias_ih{suffix}"] + before[f"bias_hh{suffix}"]
    own = slice(4 * gate, 4 * gate + 4)
    assert (bias[own] == strength).all()
    old[own] = bias[own]
    assert torch.equal(bias, old)


def test_data():
    x, y = torch.rand(5, 6, 2), torch.arange(5)
    assert FAULTS["raw_input"].data(x, y, 0, 100.0)[0].min() >= 100
    assert (FAULTS["labels_constant"].data(x, y, 0, 1.0)[1] == 0).all()
    spoil = FAULTS["nan_in_input"].data
    assert spoil(x, y, 2, 3.0)[0] is x
    assert torch.isnan(spoil(x, y, 3, 3.0)[0]).sum() == 1
    assert torch.isinf(FAULTS["inf_in_input"].data(x, y, 3, 3.0)[0]).sum() == 1
    assert torch.isfinite(x).all()


def test_a_fault_keeps_a_task_that_fits_and_draws_another_where_it_does_not():
    rng = np.random.default_rng(0)
    assert FAULTS["softmax_before_cross_entropy"].fits(SETUP, rng) is SETUP
    assert FAULTS["target_flat"].fits(SETUP, rng).assignment in ("adding", "multiplication", "sines")

"""Saturated gates by layer, of weights whose gates are known by hand."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.reproductions.measured.saturation import measure

UNITS = 4


class Fixed(nn.Module):
    """Two LSTM layers whose gates do not depend on inputs and states."""

    def __init__(self, task):
        super().__init__()
        self.layer = nn.LSTM(task.input_size, UNITS, 2, batch_first=True)
        self.head = nn.Linear(UNITS, task.output_size)
        with torch.no_grad():
            for name, weight in self.layer.named_parameters():
                weight.zero_()
                if (
                    name == "bias_ih_l1"
                ):  # of one unit the input gate is shut, of three the forget gate is open
                    weight[0] = -9.0
                    weight[UNITS : UNITS + 3] = 9.0

    def forward(self, inputs):
        return self.head(self.layer(inputs)[1][0][-1])


def run_of(tmp_path, model):
    config = {
        "name": "tiny",
        "task": {"name": "adding", "length": 6},
        "model": model,
        "training": {"steps": 1, "batch_size": 2},
    }
    return gv.run(config, runs=tmp_path).folder


def test_fractions_and_units_by_hand(tmp_path):
    found = measure(run_of(tmp_path, {"make": Fixed}))
    sides = ("left", "right", "often_left", "often_right")
    expected = {
        f"{side}_{gate}_{layer}": 0.0
        for side in sides
        for gate in ("input", "forget", "output")
        for layer in (0, 1)
    }
    expected |= {"left_input_1": 0.25, "often_left_input_1": 0.25}
    expected |= {"right_forget_1": 0.75, "often_right_forget_1": 0.75}
    both = (0.25 + 0.75) / 3
    expected |= {"saturated_0": 0.0, "saturated_1": both, "saturation_above_first": both}
    assert found == pytest.approx(expected)


def test_a_gru_of_one_layer_has_nothing_above_the_first(tmp_path):
    found = measure(run_of(tmp_path, {"cell": "gru", "hidden_size": 3}))
    assert {"left_reset_0", "often_right_update_0", "saturated_0"} <= set(found)
    assert "saturation_above_first" not in found
    assert len(found) == 2 * 4 + 1


def test_often_is_most_of_the_time(tmp_path):
    """In the paper's rule a side counts by the time; gates that open over the sequence are not often open."""

    class Opening(Fixed):
        def __init__(self, task):
            super().__init__(task)
            with torch.no_grad():  # the first input feature is above 0: weights of 9 open some gates at times
                self.layer.weight_ih_l0[UNITS : 2 * UNITS, 0] = 9.0

    folder = run_of(tmp_path, {"make": Opening})
    found = measure(folder)
    gates = gv.load(folder)["layer"]["unit_right"].isel(step=-1, layer=0, direction=0).sel(gate="forget")
    assert found["right_forget_0"] == pytest.approx(gates.mean().item())
    assert 0 < found["right_forget_0"] < 0.9
    assert found["often_right_forget_0"] == 0


def test_a_plain_rnn_has_no_gates(tmp_path):
    assert measure(run_of(tmp_path, {"cell": "rnn", "hidden_size": 3})) == {}

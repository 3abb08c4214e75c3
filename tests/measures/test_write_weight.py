"""Write weights: by hand, in layers whose gates are set by biases only, and with padding."""

import numpy as np
import pytest
import torch
from at_rest import without_weights
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.write_weight import write_weight


def unit_means(**gates):
    """Means of an LSTM, dims (step, layer, direction, gate, unit); gates that are not given are 0.5."""
    names = ("input", "forget", "candidate", "output")
    return one(np.array([gates.get(name, [0.5, 0.5]) for name in names]))


def test_hand_computed():
    found = write_weight(
        recording(log10_grad_h=one(np.zeros((4, 1))), unit_mean=unit_means(input=[0.25, 0.75]))
    )
    np.testing.assert_allclose(found["write_weight"].squeeze(), [1, 3])
    assert found["write_weight_median"].item() == 2
    assert found["write_weight"].dims == ("step", "layer", "direction", "unit")
    assert found["write_weight_median"].dims == ("step", "layer", "direction")


def test_a_gru_writes_what_its_update_gate_does_not_keep():
    gates = one(np.array([[0.5, 0.5], [0.25, 1.0], [0, 0]]))  # reset, update, candidate
    found = write_weight(recording("gru", log10_grad_h=one(np.zeros((4, 1))), unit_mean=gates))
    np.testing.assert_allclose(found["write_weight"].squeeze(), [3, 0])


def test_the_longest_sequence_counts():
    norms = one(np.array([[0.0, 0], [0, 0], [0, np.nan], [-np.inf, np.nan]]))
    found = write_weight(recording(log10_grad_h=norms, unit_mean=unit_means(input=[0.5, 0.5])))
    np.testing.assert_allclose(found["write_weight"].squeeze(), 2)


@pytest.mark.parametrize(("kind", "place", "sign"), [(nn.LSTM, 0, 1), (nn.GRU, 1, -1)])
def test_gates_set_by_their_biases(kind, place, sign):
    layer = without_weights(kind(2, 3, num_layers=2, bidirectional=True))
    with torch.no_grad():
        for number, bias in enumerate((layer.bias_ih_l0, layer.bias_ih_l0_reverse, layer.bias_ih_l1)):
            layer.bias_hh_l0.zero_(), layer.bias_hh_l0_reverse.zero_(), layer.bias_hh_l1.zero_()
            bias[3 * place : 3 * place + 3] = float(number)
    with gv.record(layer) as tape:
        layer(torch.randn(10, 2, 2))[0].sum().backward()
    found = write_weight(tape.dataset)["write_weight_median"].isel(step=0)
    for (row, column), number in {(0, 0): 0, (0, 1): 1, (1, 0): 2}.items():
        assert found[row, column].item() == pytest.approx(10 / (1 + np.exp(-sign * number)), rel=1e-5)


@pytest.mark.parametrize(("cell", "label"), [("rnn", r"RNN \(tanh\)"), ("rnn_relu", r"RNN \(relu\)")])
def test_a_plain_rnn_has_no_such_gate(cell, label):
    ds = recording(cell, log10_grad_h=one([[0.0]]), unit_mean=one([[0.5]]))
    with pytest.raises(
        BadRecording, match=f"this {label} has no gate through which it writes; an LSTM and a GRU"
    ):
        write_weight(ds)


def test_without_units():
    with pytest.raises(BadRecording, match="no variable 'unit_mean'"):
        write_weight(recording(log10_grad_h=one([[0.0]])))

"""Setting the bias of the forget or update gate: only the sum of both biases, in all modules or none."""

import pytest
import torch
from torch import nn

from gradviz.models.initialisations.keep_bias import set_keep_bias

GATED = [nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell]


def counted(units):
    return torch.arange(1.0, units + 1)


def set_one(module, **options):
    with torch.no_grad():
        set_keep_bias("this", [module], counted, **options)
    return module


def sums(module):
    """Sum of both biases, (gates, units), of each layer and direction."""
    weights = dict(module.named_parameters())
    pairs = [(weights[k], weights[k.replace("ih", "hh")]) for k in weights if k.startswith("bias_ih")]
    return [(ih + hh).detach().unflatten(0, (-1, module.hidden_size)) for ih, hh in pairs]


@pytest.mark.parametrize("kind", GATED)
def test_the_sum_is_set_and_the_other_gates_stay(kind):
    module = kind(2, 3)
    before = sums(module)[0]
    after = sums(set_one(module))[0]
    assert after[1].tolist() == [1, 2, 3]
    for gate in {0, 2, len(after) - 1} - {1}:
        assert torch.equal(after[gate], before[gate])


@pytest.mark.parametrize("kind", GATED)
def test_mirrored_an_lstms_input_gate_gets_minus_the_same_and_a_gru_nothing(kind):
    module = kind(2, 3)
    before = sums(module)[0]
    after = sums(set_one(module, mirror_input=True))[0]
    assert after[1].tolist() == [1, 2, 3]
    if "LSTM" in kind.__name__:
        assert after[0].tolist() == [-1, -2, -3]
        assert torch.equal(after[2:], before[2:])
    else:
        assert torch.equal(after[0], before[0])
        assert torch.equal(after[2], before[2])


def test_every_layer_and_direction():
    module = set_one(nn.LSTM(2, 3, 2, bidirectional=True, proj_size=2))
    assert [total[1].tolist() for total in sums(module)] == [[1, 2, 3]] * 4


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (nn.RNN(1, 2), "RNN has no forget gate; this is for nn.LSTM and nn.GRU"),
        (nn.RNNCell(1, 2), "RNNCell has no forget gate"),
        (nn.LSTM(1, 2, bias=False), "this LSTM was made with bias=False, so it has no forget bias"),
    ],
)
def test_on_an_error_nothing_has_changed(wrong, message):
    right = nn.LSTM(1, 2)
    before = [parameter.clone() for parameter in right.parameters()]
    with pytest.raises(TypeError, match=message), torch.no_grad():
        set_keep_bias("this", [right, wrong], counted)
    assert all(torch.equal(p, q) for p, q in zip(right.parameters(), before, strict=True))

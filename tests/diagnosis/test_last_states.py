"""The line that reads the last states reads what it says, packed and in two directions."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import gradviz as gv
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.last_states import last_states

LENGTHS = torch.tensor([9, 7, 5, 3])


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("kind", [nn.GRU, nn.LSTM])
def test_a_packed_layer_is_read_where_each_sequence_ends(kind, both, layers):
    torch.manual_seed(0)
    layer = kind(3, 6, layers, batch_first=True, bidirectional=both)
    x = pack_padded_sequence(torch.randn(4, 9, 3), LENGTHS, batch_first=True)

    def read(wrongly):
        with gv.record(layer) as tape:
            packed, state = layer(x)
            output = pad_packed_sequence(packed, batch_first=True)[0]
            names = {"torch": torch, "h_n": state[0] if kind is nn.LSTM else state, "last": output[:, -1]}
            if not wrongly:
                exec(code, names)
            names["last"].square().sum().backward()
        return output, names["last"], tape.tree

    code = ""
    found = gv.diagnose(read(wrongly=True)[2], lag=2)
    assert found.kinds[0] == "reads_padding"
    code = found[0].remedy.code
    output, last, recorded = read(wrongly=False)
    ends = output[torch.arange(4), LENGTHS - 1]
    expected = torch.cat((ends[:, :6], output[:, 0, 6:]), 1) if both else ends
    assert torch.equal(last, expected)
    assert gv.diagnose(recorded, lag=2).is_healthy
    assert code == last_states(
        DiagnosisContext(recorded, recorded.children and next(iter(recorded.children)), None)
    )

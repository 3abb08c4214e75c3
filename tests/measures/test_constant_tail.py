"""Steps at the end of a sequence with the same input: by hand, and a slow twin."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.constant_tail import tails_of_sequences


def tails(x, *, lengths=None):
    """x: (time, batch, features)."""
    layer = nn.GRU(x.shape[-1], 3)
    given = x if lengths is None else nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths))
    with gv.record(layer) as tape:
        output, _ = layer(given)
        (output if lengths is None else output.data).sum().backward()
    return tape.dataset


def test_by_hand():
    x = torch.tensor([[1.0, 1, 1, 1], [2, 1, 2, 1], [3, 1, 2, 1], [4, 1, 2, 0]]).unsqueeze(-1)
    dataset = tails(x)
    assert tails_of_sequences(dataset).values.tolist() == [[1, 4, 3, 1]]
    found = gv.constant_tail(dataset)
    assert [found[name].item() for name in found] == [1, 2, 4]
    assert all(found[name].attrs["units"] == "time steps" for name in found)


def test_what_is_packed_has_no_tail():
    x = torch.randn(6, 3, 2)
    x[4:, 1], x[2:, 2] = 0, 0
    assert tails_of_sequences(tails(x)).values.tolist() == [[1, 2, 4]]
    assert tails_of_sequences(tails(x, lengths=[6, 4, 2])).values.tolist() == [[1, 1, 1]]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(st.integers(0, 1), min_size=5, max_size=5), min_size=1, max_size=4))
def test_like_a_slow_twin(rows):
    x = torch.tensor(rows, dtype=torch.float32).T.unsqueeze(-1)
    expected = []
    for row in rows:
        count = 1
        while count < len(row) and row[-count - 1] == row[-1]:
            count += 1
        expected.append(count)
    np.testing.assert_array_equal(tails_of_sequences(tails(x)).values, [expected])


def test_without_an_input():
    dataset = tails(torch.randn(4, 2, 1)).drop_vars("input_change")
    with pytest.raises(BadRecording, match="input_change"):
        gv.constant_tail(dataset)

"""Last states that are viewed where they should be transposed."""

import pytest
import torch
from diagnosis.mistakes import findings
from diagnosis.models import Joined
from torch import nn

import gradviz as gv

KIND = "scrambled_view"


@pytest.mark.parametrize("is_viewed", [True, False])
def test_found(is_viewed):
    torch.manual_seed(0)
    model = Joined(nn.LSTM(3, 8, bidirectional=True, batch_first=True), is_viewed)
    tree = gv.probe(model, inputs=torch.randn(6, 9, 3))
    found = findings(tree, KIND)
    assert bool(found) == is_viewed
    if is_viewed:
        assert (found[0].severity, found[0].where.module) == ("trouble", "layer")
        assert found[0].amounts[0].value == found[0].amounts[0].recompute(tree) == 1
        assert "(2, 6, hidden_size)" in found[0].what
        assert "h_n[-2], h_n[-1]" in found[0].remedy.code


def test_states_that_are_not_read():
    layer = nn.GRU(3, 8)
    with gv.record(layer) as tape:
        layer(torch.randn(5, 4, 3))[0].sum().backward()
    assert not findings(tape.tree, KIND)

"""The sequence model."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import UnknownName


@pytest.mark.parametrize(
    ("cell", "kind"), [("rnn", nn.RNN), ("rnn_relu", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)]
)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_answers_at_the_last_or_at_every_step(cell, kind, bidirectional):
    x = torch.randn(4, 9, 2)
    torch.manual_seed(1)
    last = gv.SequenceModel(cell, 2, 5, 3, num_layers=2, bidirectional=bidirectional)
    torch.manual_seed(1)
    every = gv.SequenceModel(cell, 2, 5, 3, num_layers=2, bidirectional=bidirectional, every_step=True)
    assert type(last.recurrent) is kind
    assert last(x).shape == (4, 3)
    assert every(x).shape == (4, 9, 3)
    _, final = last.recurrent(x)
    hidden = (final[0] if cell == "lstm" else final)[-2 if bidirectional else -1 :]  # of the last layer
    torch.testing.assert_close(last(x), last.head(torch.cat(list(hidden), -1)))
    if not bidirectional:
        torch.testing.assert_close(every(x)[:, -1], last(x))
    if cell == "rnn_relu":
        assert last.recurrent.nonlinearity == "relu"


def test_an_unknown_cell():
    with pytest.raises(UnknownName, match=r"unknown cell 'ltsm'; did you mean 'lstm'\?"):
        gv.SequenceModel("ltsm", 1, 1, 1)

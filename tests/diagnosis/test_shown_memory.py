"""Whether a recording shows how far back states matter: not if the loss reads most time steps."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.diagnosis.shown_memory import shows_memory
from gradviz.diagnosis.thresholds import MOST_STEPS

LENGTH = 20


@pytest.mark.parametrize("share", [1 / LENGTH, MOST_STEPS - 0.1, MOST_STEPS + 0.1, 1.0])
def test_the_share_of_steps_that_the_loss_reads(share):
    rnn = nn.RNN(2, 3, batch_first=True)
    with gv.record(rnn) as tape:
        rnn(torch.randn(2, LENGTH, 2))[0][:, -round(share * LENGTH) :].sum().backward()
    assert shows_memory(tape.tree, "rnn") is (share <= MOST_STEPS)


def test_without_gradients():
    rnn = nn.RNN(2, 3)
    with gv.record(rnn, detail="forward") as tape:
        rnn(torch.randn(4, 2, 2))
    assert not shows_memory(tape.tree, "rnn")

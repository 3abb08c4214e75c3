"""Padding that is read as if it were the sequence, and silence that is no padding."""

import pytest
import torch
from diagnosis.cases import noise, with_padding
from diagnosis.mistakes import findings
from torch import nn

import gradviz as gv

KIND = "padding_not_packed"
X = noise(8, 60, 3)  # (batch, time, features)
PADDED = with_padding(X)
LENGTHS = (PADDED.abs().sum(-1) > 0).sum(1)


def last(output):
    return output[:, -1]


def at_length(output):
    return output[torch.arange(8), LENGTHS - 1]


def recorded(x, read=last, *, layer=None, losses=()):
    torch.manual_seed(0)
    layer = nn.LSTM(3, 16, batch_first=True) if layer is None else layer
    with gv.record(layer) as tape:
        for loss in losses or (1.0,):
            read(layer(x)[0]).sum().backward()
            tape.step(loss)
    return tape.tree


def packed():
    layer = nn.LSTM(3, 16, batch_first=True)
    given = nn.utils.rnn.pack_padded_sequence(PADDED, LENGTHS, batch_first=True, enforce_sorted=False)
    with gv.record(layer) as tape:
        layer(given)[1][0].sum().backward()
    return tape.tree


def test_found():
    tree = recorded(PADDED)
    (found,) = findings(tree, KIND)
    assert (found.severity, found.where.module) == ("warning", "lstm")
    assert all(amount.recompute(tree) == amount.value for amount in found.amounts)
    assert "the last 30 to 50 of them" in found.what
    assert "forget_bias_too_low" not in [each.kind for each in gv.diagnose(tree) if each.cause is None]


def test_a_network_that_remembers_gets_a_note():
    torch.manual_seed(0)
    layer = gv.initialise(nn.LSTM(3, 16, batch_first=True), "chrono", t_max=60)
    (found,) = findings(recorded(PADDED, layer=layer), KIND)
    assert found.severity == "note"


def stepwise():
    """Signals that stop to change, each at its own value."""
    steps = torch.arange(60)[None, :, None].clamp(max=LENGTHS[:, None, None])
    return X[:, :1] * steps


@pytest.mark.parametrize(
    "tree",
    [
        packed,
        lambda: recorded(X),
        lambda: recorded(PADDED, at_length),
        lambda: recorded(PADDED, lambda output: output),
        lambda: recorded(PADDED, lambda output: output.mean(1)),
        lambda: recorded(torch.cat((X[:, :30], torch.zeros(8, 30, 3)), 1)),  # the same silence for all
        lambda: recorded(X[:, :1].expand(8, 60, 3)),  # constant signals
        lambda: recorded(stepwise()),
        lambda: recorded(PADDED, losses=[1.0] * 15 + [0.2] * 15),  # it is learned
    ],
)
def test_healthy_twins(tree):
    assert not findings(tree(), KIND)


def test_a_lag_that_is_known_holds_for_the_silence():
    assert not findings(recorded(PADDED), KIND, lag=59)
    assert findings(recorded(PADDED), KIND, lag=5)


@pytest.mark.parametrize("distractors", [0, 8])
def test_tasks_with_a_delay(distractors):
    task = gv.tasks.delayed_recall(length=40, symbols=3, distractors=distractors)
    inputs, _ = task.batch(8, torch.Generator().manual_seed(0))
    assert not findings(recorded(inputs, layer=nn.LSTM(task.input_size, 16, batch_first=True)), KIND)

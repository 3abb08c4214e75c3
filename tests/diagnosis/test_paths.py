"""The lag along paths through modules and directions: trouble only where none carries it."""

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.diagnosis import kinds as k

MEMORY = {k.VANISHING, k.FORGET_BIAS, k.DETACHED, k.DIRECT_ONLY}


def initialised(kind, t_max, inputs=3):
    torch.manual_seed(0)
    layer = kind(inputs, 16, batch_first=True)
    return gv.initialise(layer, "chrono", t_max=t_max) if t_max else layer


def seq2seq(first, second, *, lag, **options):
    return gv.diagnose(recorded_seq2seq(first, second, **options), lag=lag)


def recorded_seq2seq(first, second, *, source=20, target=20, every_step=False):
    model = nn.ModuleDict({"encoder": first, "decoder": second, "head": nn.Linear(16, 2)})
    with gv.record(model) as tape:
        _, state = model["encoder"](torch.randn(4, source, 3))
        output, _ = model["decoder"](torch.randn(4, target, 3), state)
        model["head"](output if every_step else output[:, -1]).square().sum().backward()
    return tape.tree


@pytest.mark.parametrize("every_step", [False, True])
def test_encoder_and_decoder_are_one_path(every_step):
    found = seq2seq(
        initialised(nn.LSTM, 40), initialised(nn.LSTM, 40), source=6, target=6, every_step=every_step, lag=8
    )
    assert not MEMORY & set(found.kinds)
    assert found.is_healthy


def test_each_loses_a_little_and_together_they_lose_it():
    found = seq2seq(initialised(nn.RNN, None), initialised(nn.RNN, None), source=16, target=16, lag=31)
    (vanishing,) = (finding for finding in found if finding.kind == k.VANISHING)
    assert vanishing.severity == "trouble"
    assert vanishing.amounts[0].function == "gradient_along_path"
    assert "decoder and encoder" in vanishing.what
    assert seq2seq(
        initialised(nn.RNN, None), initialised(nn.RNN, None), source=11, target=11, lag=3
    ).is_healthy


def test_what_a_path_loses_is_computed_again_from_the_recording():
    recorded = recorded_seq2seq(initialised(nn.RNN, None), initialised(nn.RNN, None), source=16, target=16)
    (vanishing,) = (finding for finding in gv.diagnose(recorded, lag=31) if finding.kind == k.VANISHING)
    assert vanishing.amounts[0].recompute(recorded) == vanishing.amounts[0].value


def test_a_path_that_is_too_short_even_together():
    found = seq2seq(initialised(nn.GRU, 40), initialised(nn.GRU, 40), source=6, target=6, lag=30)
    assert {finding.kind for finding in found if finding.is_trouble} == {k.DETACHED}


class TwoReaders(nn.Module):
    """A long and a short sequence, each read by its own layer."""

    def __init__(self, long, short):
        super().__init__()
        self.long, self.short, self.head = long, short, nn.Linear(16, 1)

    def forward(self, x, y):
        return self.head(self.long(x)[0][:, -1] + self.short(y)[0][:, -1])


def two_readers(long, short, lag=29):
    model = TwoReaders(long, short)
    with gv.record(model) as tape:
        model(torch.randn(4, 30, 3), torch.randn(4, 5, 3)).sum().backward()
    return gv.diagnose(tape.tree, lag=lag)


def test_a_module_that_is_too_short_for_the_lag_is_not_ill():
    assert not MEMORY & set(two_readers(initialised(nn.LSTM, 40), initialised(nn.RNN, None)).kinds)


def test_the_only_module_that_is_long_enough_is_judged():
    found = two_readers(initialised(nn.RNN, None), initialised(nn.RNN, None))
    trouble = [(f.kind, f.where.module) for f in found if f.is_trouble]
    assert trouble == [(k.VANISHING, "long")]
    assert 'gv.initialise(model.long, "orthogonal")' in found[0].remedy.code


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_two_directions_that_meet(kind):
    """Neither direction crosses 60 steps; but the first input is what the reverse one reads last."""
    torch.manual_seed(0)
    layer = kind(3, 16, batch_first=True, bidirectional=True)

    def diagnosed(lag):
        with gv.record(layer) as tape:
            _, state = layer(torch.randn(4, 60, 3))
            h_n = state[0] if isinstance(state, tuple) else state
            torch.cat((h_n[-2], h_n[-1]), 1).square().sum().backward()
        return gv.diagnose(tape.tree, lag=lag)

    assert not MEMORY & set(diagnosed(59).kinds)
    assert MEMORY & set(diagnosed(30).kinds)

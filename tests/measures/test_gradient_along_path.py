"""The gradient along a path through directions and modules, by hand and against one unrolled layer."""

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording
from gradviz.measures.gradient_along_path import LOST_ON_PATH, path_of


def linear(factor, **options):
    """A linear recurrence that multiplies the gradient by ``factor`` at each time step."""
    rnn = nn.RNN(1, 2, nonlinearity="relu", bias=False, **options)
    for name, weight in rnn.named_parameters():
        weight.data = factor * torch.eye(2) if "hh" in name else torch.ones_like(weight)
    return rnn


def lost(recording, lag, module=None):
    return gv.gradient_along_path(recording, lag=lag, module=module)[LOST_ON_PATH].item()


def pair(first, second, read=lambda output: output[-1], between=lambda state: state):
    """A recording of an encoder of 5 steps and a decoder of 3, with the loss on the decoder's last step."""
    model = nn.ModuleDict({"encoder": first, "decoder": second})
    with gv.record(model) as tape:
        _, state = model["encoder"](torch.ones(5, 2, 1))
        read(model["decoder"](torch.ones(3, 2, 1), between(state))[0]).sum().backward()
    return tape.tree


@pytest.mark.parametrize("lag", range(1, 8))
def test_two_modules_by_hand(lag):
    recorded = pair(linear(0.1), linear(0.01))
    decades = 2 * min(lag, 3) + max(lag - 3, 0)  # the decoder's three steps back come first
    assert lost(recorded, lag, "decoder") == pytest.approx(decades, abs=1e-5)
    assert path_of(recorded, "decoder") == ("decoder", "encoder")
    assert path_of(recorded, "encoder") == ("encoder",)


def test_a_path_ends_where_the_state_is_not_handed_on():
    recorded = pair(linear(0.1), linear(0.01), between=lambda state: None)
    assert path_of(recorded, "decoder") == ("decoder",)
    with pytest.raises(BadRecording, match="lag = 3: the longest path has 2 time steps before the last"):
        lost(recorded, 3, "decoder")


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_two_halves_of_a_sequence_are_as_the_whole(kind):
    """An encoder and a decoder with the same weights are one layer on the whole sequence."""
    torch.manual_seed(0)
    whole, x = kind(3, 6), torch.randn(12, 4, 3)
    with gv.record(whole) as tape:
        whole(x)[0][-1].sum().backward()
    model = nn.ModuleDict({"encoder": kind(3, 6), "decoder": kind(3, 6)})
    for part in model.values():
        part.load_state_dict(whole.state_dict())
    with gv.record(model) as parts:
        _, state = model["encoder"](x[:7])
        model["decoder"](x[7:], state)[0][-1].sum().backward()
    for lag in (1, 4, 5, 11):
        expected = gv.gradient_across_lag(tape.dataset, lag=lag)["decades_lost"].item()
        assert lost(parts.tree, lag, "decoder") == pytest.approx(expected, abs=1e-5)
        assert lost(tape.tree, lag) == pytest.approx(expected, abs=1e-12)


def test_the_better_of_two_directions_counts():
    """Forward loses one decade a step from the end, reverse one a step from the start."""
    rnn = linear(0.1, bidirectional=True)
    with gv.record(rnn) as tape:
        rnn(torch.ones(11, 2, 1))[1].sum().backward()
    assert [lost(tape.tree, lag) for lag in (1, 5, 6, 10)] == pytest.approx([1, 5, 4, 0], abs=1e-4)


@pytest.mark.parametrize("way", ["forward", "reverse"])
def test_one_direction_alone(way):
    rnn = linear(0.1, bidirectional=True)
    with gv.record(rnn) as tape:
        rnn(torch.ones(11, 2, 1))[1][["forward", "reverse"].index(way)].sum().backward()
    found = lost(tape.tree, 4)
    assert found == pytest.approx(4 if way == "forward" else 0, abs=1e-4) or way == "reverse"
    assert np.isfinite(found)


def test_what_is_cut_off_and_what_is_not_recorded():
    recorded = pair(linear(0.1), linear(0.0))
    assert lost(recorded, 5, "decoder") == np.inf
    with pytest.raises(BadRecording, match="the total gradient was not recorded"):
        gv.gradient_along_path(recorded["decoder"].to_dataset().drop_vars("log10_grad_h"))
    assert gv.gradient_along_path(recorded, module="decoder").attrs["lag"] == 7


@pytest.mark.parametrize("read", [2, 5, 7])
def test_lags_count_from_the_last_step_that_is_read(read):
    model = linear(0.5)
    with gv.record(model) as tape:
        model(torch.ones(8, 2, 1))[0][read].sum().backward()
    assert lost(tape.dataset, 2) == pytest.approx(2 * np.log10(2), abs=1e-5)
    with pytest.raises(BadRecording, match=f"the longest path has {read} time steps"):
        gv.gradient_along_path(tape.dataset, lag=read + 1)

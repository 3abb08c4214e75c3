"""Whether a replay can be trusted."""

import numpy as np
import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.capture import replay_error as replay_error_module
from gradviz.capture.replay_error import computed_in, replay_error
from gradviz.cells.layout import Sequences


class Replay:
    checked = slice(None)

    def __init__(self, replayed):
        self.replayed = torch.tensor(replayed).view(-1, 1, 1)


@pytest.mark.parametrize(
    ("replayed", "native", "expected"),
    [
        ([0.5, 0.25], [0.5, 0.25], 0.0),
        ([0.5, 0.35], [0.5, 0.25], 0.1),
        ([0.5, 1010.0], [0.5, 1000.0], 0.01),  # relative to a state beyond 1
        ([0.6, float("nan")], [0.5, float("nan")], 0.1),
        ([0.5, float("nan")], [0.5, 0.25], float("nan")),
    ],
)
def test_largest_difference_by_hand(replayed, native, expected):
    sequences = Sequences(torch.zeros(2, 1, 1), torch.tensor([0.0, *native]).view(-1, 1, 1), None)
    assert replay_error(Replay(replayed), sequences) == pytest.approx(expected, rel=1e-4, nan_ok=True)


def test_large_states_of_a_relu_are_no_alarm():
    module = nn.RNN(1, 1, nonlinearity="relu")
    with torch.no_grad():
        module.weight_hh_l0.fill_(1.1)
        module.weight_ih_l0.fill_(1.0)
        module.bias_ih_l0.zero_()
        module.bias_hh_l0.zero_()
    with gv.record(module) as tape:
        module(torch.rand(100, 1, 1))[0].sum().backward()
    assert tape.dataset[v.STATE_H].max() > 100


def test_weights_that_are_not_those_of_the_states_are_an_alarm():
    module = nn.LSTM(2, 4)
    tape = gv.record(module)

    def record():
        with tape:
            out, _ = module(torch.randn(6, 3, 2))
            module.weight_hh_l0.data.mul_(1.5)
            out.sum().backward()

    with pytest.warns(RuntimeWarning, match="cannot be trusted"):
        record()
    assert tape.dataset.attrs["replay_error"] > 1e-3


def test_a_sequence_of_nan_does_not_hide_the_others():
    module = nn.LSTM(2, 4)
    x = torch.randn(6, 3, 2)
    x[:, 0] = torch.nan
    with gv.record(module) as tape:
        module(x)[0].sum().backward()
    assert tape.dataset.attrs["replay_error"] < 1e-6
    assert np.isfinite(tape.dataset[v.LOG10_GRAD_H].isel(sample=[1, 2])).all()


@pytest.mark.parametrize("layer", [nn.RNN, nn.LSTM, nn.GRU])
def test_autocast_around_the_backward_pass_leaves_the_recorder_exact(layer):
    module, x = layer(3, 24), torch.randn(50, 5, 3)
    found = []
    for inside in (False, True):
        with gv.record(module, samples=None, detail="full") as tape:
            loss = module(x)[0][-1].sum()
            with torch.autocast("cpu", torch.bfloat16, enabled=inside):
                loss.backward()
        found.append(tape.dataset)
    for name in (v.LOG10_GRAD_H, v.LOG10_GRAD_GATE, v.LOG10_GRAD_PATH):
        finite = np.isfinite(found[0][name].values)
        assert finite.any()
        np.testing.assert_array_equal(np.isfinite(found[1][name]), finite)
        np.testing.assert_allclose(found[1][name].values[finite], found[0][name].values[finite], atol=1e-5)


def test_the_dtype_of_the_arithmetic(monkeypatch):
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert computed_in(torch.float32, cpu) == "float32"
    with torch.autocast("cpu", torch.bfloat16):
        assert computed_in(torch.float32, cpu) == "bfloat16"
    monkeypatch.setattr(replay_error_module, "uses_tensor_float_32", lambda device: device == gpu)
    assert computed_in(torch.float32, gpu) == "tfloat32"
    assert computed_in(torch.float64, gpu) == "float64"
    assert (
        v.replay_error_limit("float32") < v.replay_error_limit("tfloat32") < v.replay_error_limit("bfloat16")
    )


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("around_backward", [False, True])
def test_an_output_changed_in_place_under_autocast(layer, layers, around_backward):
    module, x = layer(3, 4, layers), torch.randn(6, 5, 3)
    with torch.autocast("cpu", torch.bfloat16):
        native = module(x)[0].float()
    with gv.record(module, detail="full") as tape:
        with torch.autocast("cpu", torch.bfloat16):
            out = module(x)[0]
            loss = out.mul_(2).float().sum()
        with torch.autocast("cpu", torch.bfloat16, enabled=around_backward):
            loss.backward()
    recorded = tape.dataset[v.H].isel(step=0, layer=-1, direction=0)
    np.testing.assert_array_equal(recorded, native.detach())

"""The numbers for loggers: by hand, against plain numpy, finite whatever was recorded."""

import math

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

import gradviz as gv
from gradviz.errors import BadRecording


def shrinking(factor=0.1):
    """A linear RNN that multiplies its state and the gradient by a factor at each step."""
    rnn = nn.RNN(1, 2, nonlinearity="relu", bias=False)
    rnn.weight_ih_l0.data, rnn.weight_hh_l0.data = torch.ones(2, 1), factor * torch.eye(2)
    return rnn


def recorded(rnn, *batches, metrics=({},), **options):
    with gv.record(rnn, **options) as tape:
        for place, x in enumerate(batches):
            rnn(x)[0][-1].sum().backward()
            tape.step(**metrics[place % len(metrics)])
    return tape


def test_by_hand():
    tape = recorded(shrinking(), torch.ones(6, 3, 1), metrics=[{"loss": 2.5, "accuracy": 0.75}])
    start = math.log10(math.sqrt(2))  # the gradient of a sum at two units
    expected = {
        "loss": 2.5,
        "accuracy": 0.75,
        "not_finite": 0,
        "rnn/decades_lost": 5,
        "rnn/unreached": 0,
        "rnn/not_finite": 0,
        "rnn/layer0/forward/decades_lost": 5,
        "rnn/layer0/forward/log10_grad_h_first": start - 5,
        "rnn/layer0/forward/log10_grad_h_last": start,
        "rnn/layer0/forward/hidden_saturated": 0,  # of a relu: no state is 0
        "rnn/layer0/forward/underflow": 0,
    }
    (found,) = gv.scalars(tape.tree).values()
    assert found == pytest.approx({f"gradviz/{name}": value for name, value in expected.items()}, abs=1e-6)
    assert tape.summary() == found
    assert all(type(value) is float for value in found.values())


def every_direction(lengths):
    torch.manual_seed(1)
    lstm = nn.LSTM(2, 4, num_layers=2, bidirectional=True)
    with gv.record(lstm) as tape:
        for length in lengths:
            for _ in range(2):  # two calls in each step
                lstm(torch.randn(length, 3, 2))[0][-1].sum().backward()
            tape.step(1.0)
    return tape.tree


def test_each_step_has_the_numbers_that_it_has_alone():
    """Also where lengths differ, so that padding and the longest lag are those of other steps."""
    tree = every_direction([7, 3, 9, 3])
    found = gv.scalars(tree)
    assert list(found) == [0, 1, 2, 3]
    for step, values in found.items():
        alone = xr.DataTree.from_dict(
            {
                "/": tree.to_dataset(inherit=False).sel(iteration=[step]),
                "/lstm": tree["lstm"].to_dataset(inherit=False).sel(step=[step]),
            }
        )
        assert gv.scalars(alone) == {step: values}


def test_against_loops_over_numpy():
    tree = every_direction([7, 3])
    dataset = tree["lstm"].to_dataset(inherit=False)
    for step, found in gv.scalars(tree).items():
        norms = (
            dataset["log10_grad_h"].sel(step=step).transpose("layer", "direction", "call", "sample", "time")
        )
        known = norms.values[~np.isnan(norms.values)]
        assert found["gradviz/lstm/unreached"] == np.mean(np.isneginf(known))
        for layer in (0, 1):
            for side, direction in enumerate(("forward", "reverse")):
                rows = norms.values[layer, side].reshape(-1, norms.sizes["time"])
                ends = {"first": [row[0] for row in rows], "last": [row[~np.isnan(row)][-1] for row in rows]}
                for end, values in ends.items():
                    mean = np.mean([10.0**value for value in values])
                    name = f"gradviz/lstm/layer{layer}/{direction}/log10_grad_h_{end}"
                    if mean == 0:
                        assert name not in found
                    else:
                        assert found[name] == pytest.approx(np.log10(mean), abs=1e-5)
                for gate in ("input", "forget", "candidate", "output"):
                    saturated = gv.saturation(dataset)["both"].sel(
                        step=step, layer=layer, direction=direction, gate=gate
                    )
                    name = f"gradviz/lstm/layer{layer}/{direction}/{gate}_saturated"
                    assert found[name] == saturated.item()


def test_the_direction_that_keeps_more_counts():
    found = gv.scalars(every_direction([7]))[0]
    of_directions = [
        found.get(f"gradviz/lstm/layer0/{side}/decades_lost", math.inf) for side in ("forward", "reverse")
    ]
    assert found["gradviz/lstm/decades_lost"] == min(of_directions)


def test_what_is_not_finite_is_left_out_and_counted():
    x = torch.ones(6, 3, 1)
    tape = recorded(shrinking(0.0), x, metrics=[{"loss": math.nan, "accuracy": math.inf, "other": 1.0}])
    found = tape.summary()
    assert found["gradviz/not_finite"] == 2
    assert found["gradviz/rnn/unreached"] == pytest.approx(5 / 6)  # all steps but the last
    assert not {"gradviz/loss", "gradviz/accuracy", "gradviz/rnn/decades_lost"} & set(found)
    assert "gradviz/rnn/layer0/forward/log10_grad_h_first" not in found
    assert found["gradviz/other"] == 1


def test_states_that_are_not_finite():
    x = torch.ones(6, 3, 1)
    x[4] = math.nan
    found = recorded(shrinking(), x).summary()
    assert found["gradviz/rnn/not_finite"] > 0
    assert all(map(math.isfinite, found.values()))


def test_cuts():
    rnn = shrinking()
    with gv.record(rnn) as tape:
        state = None
        for x in torch.ones(8, 2, 1).split(2):
            output, state = rnn(x, None if state is None else state.detach())
            output.sum().backward()
        tape.step()
    assert tape.summary()["gradviz/rnn/cut"] == pytest.approx(float((tape.dataset["cut"] == 1).mean()))
    assert tape.summary()["gradviz/rnn/cut"] > 0


def test_names_that_every_logger_takes():
    with gv.record(nn.Linear(1, 1)) as tape:
        h = torch.zeros(2, 3, requires_grad=True)
        for time in range(4):
            h = h * 0.5 + 1
            tape.observe("my cell [a] (gru)", h, time=time)
        h.sum().backward()
    names = tape.summary()
    assert "gradviz/my cell _a_ _gru_/unreached" in names


def test_forward_only_and_one_module():
    lstm = nn.LSTM(2, 4)
    with gv.record(lstm, detail="forward") as tape, torch.no_grad():
        lstm(torch.ones(5, 3, 2))
    found = tape.summary()
    assert "gradviz/lstm/layer0/forward/forget_saturated" in found
    assert not any("grad_h" in name or "decades" in name for name in found)
    tree = recorded(shrinking(), torch.ones(6, 3, 1), metrics=[{"loss": 1.0}]).tree
    assert gv.scalars(tree["rnn"].to_dataset()) == gv.scalars(tree)
    assert gv.scalars(tree["rnn"].to_dataset().isel(step=0)) == gv.scalars(tree)


def test_a_single_time_step_has_no_lag():
    found = recorded(shrinking(), torch.ones(1, 3, 1)).summary()
    assert "gradviz/rnn/decades_lost" not in found
    assert found["gradviz/rnn/layer0/forward/log10_grad_h_last"] == pytest.approx(math.log10(math.sqrt(2)))


def test_what_is_not_a_recording():
    with pytest.raises(TypeError, match="a recording is an xarray Dataset or DataTree; got dict"):
        gv.scalars({})
    dataset = recorded(shrinking(), torch.ones(6, 3, 1)).dataset
    with pytest.raises(BadRecording, match="scalars needs the dim 'step'"):
        gv.scalars(dataset.mean("step", keep_attrs=True))

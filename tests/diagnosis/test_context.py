"""One module under diagnosis: its lags, its name in code, its numbers."""

import numpy as np
import pytest
import torch
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree
from torch import nn

import gradviz as gv
from gradviz.diagnosis.context import DiagnosisContext
from gradviz.diagnosis.extremes import largest, smallest
from gradviz.diagnosis.finding import Amount
from gradviz.errors import BadRecording

INF, NAN = np.inf, np.nan


def of(*modules, lag=None, **attributes):
    return DiagnosisContext(tree(*modules, **attributes), modules[0].attrs["module"], lag)


@pytest.mark.parametrize(
    ("total", "length", "longest_lag"),
    [
        (np.zeros(11), 11, 10),
        ([0, 0, 0, -INF, -INF], 5, 2),  # the loss reads the third step
        ([-INF, -INF, 0, 0], 4, 3),  # a cut does not end it
        ([0, 0, 0, NAN, NAN], 3, 2),  # padding
        ([0], 1, 0),
        ([0, -INF, -INF], 3, 0),
        ([-INF, -INF], 2, 0),
        ([NAN, NAN], 0, 0),
    ],
)
def test_length_and_longest_lag(total, length, longest_lag):
    context = of(dataset(total=total))
    assert (context.length, context.longest_lag, context.measured_lag) == (length, longest_lag, longest_lag)


def test_sequences_and_batch_size_are_those_of_the_diagnosed_step():
    lstm = nn.LSTM(2, 4)
    with gv.record(lstm, samples=3) as tape:
        for length, batch in ((5, 9), (7, 2), (3, 6)):
            lstm(torch.ones(length, batch, 2))[0][-1].sum().backward()
            tape.step()
    context = DiagnosisContext(tape.tree, "lstm", None)
    assert tape.dataset.sizes["sample"] == 6  # 0, 4, 8; 0, 1; 0, 2, 5
    assert context.dataset["sample"].values.tolist() == [0, 2, 5]
    assert (context.batch_size, context.length) == (6, 3)
    assert gv.diagnose(tape.tree).kinds == gv.diagnose(tape.tree["lstm"].isel(step=[2])).kinds


@pytest.mark.parametrize(("required", "measured"), [(None, 10), (3, 3), (10, 10), (11, 10)])
def test_the_measured_lag(required, measured):
    assert of(dataset(), lag=required).measured_lag == measured


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("lstm", "model.lstm"),
        ("encoder.lstm", "model.encoder.lstm"),
        ("0", "model[0]"),
        ("layers.1.rnn", "model.layers[1].rnn"),
        ("my-rnn", "model._modules['my-rnn']"),
        ("class", "model._modules['class']"),
    ],
)
def test_a_module_in_code(name, code):
    alone, other = dataset().assign_attrs(module=name), dataset().assign_attrs(module="other")
    assert (of(alone).layer_code, of(alone).target) == (code, "model")
    assert of(alone, other).target == code
    assert of(alone, model_is_layer=1).layer_code == "model"
    compile(f"{code} = 1", "remedy", "exec")


def test_the_last_step_with_any_gradient():
    steps = [
        dataset(total=np.full(4, value)).assign_coords(step=[step])
        for step, value in ((0, 0.0), (3, 1.0), (5, NAN))
    ]
    context = of(xr.concat(steps, "step", data_vars="all").assign_attrs(steps[0].attrs))
    assert context.dataset["step"].values.tolist() == [3]


@pytest.mark.parametrize(
    ("direct", "many"),
    [
        ([-INF, -INF, -INF, 0], False),
        ([-INF, -INF, 0, 0], False),
        ([-INF, 0, 0, 0], True),
        ([0, 0, 0, 0], True),
    ],
)
def test_a_loss_on_most_steps(direct, many):
    assert of(dataset(total=np.zeros(4), direct=direct)).has_loss_on_most_steps is many


def test_without_direct_gradients():
    context = of(dataset().drop_vars("log10_grad_h_direct"))
    assert not context.has_direct
    assert not context.has_loss_on_most_steps


def test_a_number_knows_where_it_comes_from():
    context = of(dataset(total=decaying(5)))
    amount = context.amount("gradient_across_lag", "decades_lost", 0, "forward", lag=4)
    assert (amount.value, amount.unit) == (2.0, "decades")
    assert amount.name == context.measured("gradient_across_lag", lag=4)["decades_lost"].attrs["long_name"]
    assert amount.options == {"lag": 4, "module": "layer"}
    assert amount.where == {"step": 0, "layer": 0, "direction": "forward"}
    assert amount.recompute(context.recording) == 2.0
    assert context.amount("replay_error", "replay_error").where == {"step": 0}
    gate = context.amount("saturation", "left", 0, "forward", gate="hidden")
    assert gate.where["gate"] == "hidden"


def test_everything_is_measured_once():
    context = of(dataset())
    of_replay = context.amount("replay_error", "replay_error")
    assert context.amount("replay_error", "replay_error") is of_replay
    assert context.measured("gradient_reach") is context.measured("gradient_reach")
    assert context.measured("gradient_across_lag", lag=2) is not context.measured(
        "gradient_across_lag", lag=3
    )


@pytest.mark.parametrize(("forward", "reverse"), [(5, 2), (2, 5), (NAN, 5), (5, NAN)])
def test_the_direction_that_loses_least(forward, reverse):
    """The reverse direction begins at the first step; without a lag, half of the sequence is measured."""
    one, other = (np.full(11, -INF) if np.isnan(lost) else decaying(lost) for lost in (forward, reverse))
    forwards, backwards = dataset(total=one), dataset(total=other[::-1]).assign_coords(direction=["reverse"])
    both = xr.concat([forwards, backwards], "direction", data_vars="minimal").assign_attrs(forwards.attrs)
    lost = of(both).gradient_lost
    assert lost.value == pytest.approx(np.nanmin([forward, reverse]) / 2)
    assert lost.options == {"lag": 5, "module": "layer"}
    assert of(both).directions == ["forward", "reverse"]


@pytest.mark.parametrize(("total", "direct"), [([0.0], None), ([-INF] * 5, None), (decaying(5), decaying(5))])
def test_where_the_gradient_lost_is_not_known(total, direct):
    """A single step, no gradient at all, a loss on every step."""
    assert of(dataset(total=total, direct=direct)).gradient_lost is None


@pytest.mark.parametrize("order", [1, -1])
def test_the_largest_and_the_smallest_ignore_nan(order):
    known = [Amount("", value, "1", "", "") for value in (1.0, NAN, 3.0)][::order]
    assert (largest(known).value, smallest(known).value) == (3.0, 1.0)
    assert np.isnan(largest([known[1]]).value)
    assert np.isnan(smallest([known[1]]).value)


def test_cells_and_labels():
    assert of(dataset().assign_attrs(in_a_loop=1)).is_cell
    assert not of(dataset()).is_cell
    assert of(dataset("gru")).cell.label == "GRU"
    assert of(dataset().assign_attrs(cell="mine")).cell.label == "mine"
    assert of(dataset()).has_variables("state_h", "gate_left")
    assert not of(dataset()).has_variables("state_h", "unit_mean")


def test_what_is_not_a_recording():
    with pytest.raises(BadRecording, match="no variable 'log10_grad_h'"):
        of(dataset().drop_vars("log10_grad_h"))

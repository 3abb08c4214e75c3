"""One module under diagnosis: its lag and its reach, its name in code, its numbers."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree

from gradviz.diagnosis.context import DiagnosisContext, has, largest
from gradviz.diagnosis.finding import Amount
from gradviz.errors import BadRecording

INF, NAN = np.inf, np.nan


def of(*modules, lag=None, **attributes):
    return DiagnosisContext(tree(*modules, **attributes), modules[0].attrs["module"], lag)


@pytest.mark.parametrize(
    ("total", "length", "reach"),
    [
        (np.zeros(11), 11, 10),
        ([0, 0, 0, -INF, -INF], 5, 2),  # the loss reads the third step
        ([-INF, -INF, 0, 0], 4, 3),  # a cut is within reach
        ([0, 0, 0, NAN, NAN], 3, 2),  # padding
        ([0], 1, 0),
        ([0, -INF, -INF], 3, 0),
        ([-INF, -INF], 2, 0),
        ([NAN, NAN], 0, 0),
    ],
)
def test_length_and_reach(total, length, reach):
    context = of(dataset(total=total))
    assert (context.length, context.reach, context.lag) == (length, reach, reach)


@pytest.mark.parametrize(
    ("asked", "lag", "long_enough"), [(None, 10, True), (3, 3, True), (10, 10, True), (11, 10, False)]
)
def test_lag(asked, lag, long_enough):
    context = of(dataset(), lag=asked)
    assert (context.lag, context.is_long_enough) == (lag, long_enough)


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
def test_a_module_in_a_line_of_code(name, code):
    alone, other = dataset().assign_attrs(module=name), dataset().assign_attrs(module="other")
    assert (of(alone).layer_code, of(alone).target) == (code, "model")
    assert of(alone, other).target == code
    assert of(alone, model_is_layer=1).layer_code == "model"
    compile(f"{code} = 1", "remedy", "exec")


def test_its_last_step_with_any_gradient():
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
def test_a_loss_that_sees_many_steps(direct, many):
    assert of(dataset(total=np.zeros(4), direct=direct)).sees_many_steps is many


def test_without_direct_gradients():
    context = of(dataset().drop_vars("log10_grad_h_direct"))
    assert not context.has_direct
    assert not context.sees_many_steps


def test_a_number_knows_where_it_comes_from():
    context = of(dataset(total=decaying(5)))
    amount = context.amount("gradient_across_lag", "decades_lost", 0, "forward", lag=4)
    assert (amount.value, amount.unit, amount.name) == (2.0, "decades", "gradient lost over the lag")
    assert amount.options == {"lag": 4, "module": "layer"}
    assert amount.where == {"step": 0, "layer": 0, "direction": "forward"}
    assert amount.recompute(context.recording) == 2.0
    assert context.amount("replay_error", "replay_error").where == {"step": 0}
    gate = context.amount("saturation", "left", 0, "forward", gate="hidden")
    assert gate.where["gate"] == "hidden"


def test_measured_once():
    context = of(dataset())
    of_replay = context.amount("replay_error", "replay_error")
    assert context.amount("replay_error", "replay_error") is of_replay
    assert context.measured("gradient_reach") is context.measured("gradient_reach")
    assert context.measured("gradient_across_lag", lag=2) is not context.measured(
        "gradient_across_lag", lag=3
    )


@pytest.mark.parametrize(
    ("forward", "reverse", "expected"),
    [(5, 2, "reverse"), (2, 5, "forward"), (NAN, 5, "reverse"), (5, NAN, "forward")],
)
def test_the_direction_that_loses_least(forward, reverse, expected):
    """The reverse direction begins at the first step."""
    one, other = (np.full(11, -INF) if np.isnan(lost) else decaying(lost) for lost in (forward, reverse))
    forwards, backwards = dataset(total=one), dataset(total=other[::-1]).assign_coords(direction=["reverse"])
    both = xr.concat([forwards, backwards], "direction", data_vars="minimal").assign_attrs(forwards.attrs)
    assert of(both).reading_direction("gradient_across_lag", "decades_lost", 0) == expected
    assert of(both).directions == ["forward", "reverse"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_largest_that_says_anything(order):
    known = [Amount("", value, "1", "", "") for value in (1.0, NAN, 3.0)][::order]
    assert largest(known).value == 3.0
    assert np.isnan(largest([known[1]]).value)


def test_cells_and_labels():
    assert of(dataset().assign_attrs(in_a_loop=1)).is_cell
    assert not of(dataset()).is_cell
    assert of(dataset("gru")).cell.label == "GRU"
    assert of(dataset().assign_attrs(cell="mine")).cell.label == "mine"
    assert has(of(dataset()), "state_h", "gate_left")
    assert not has(of(dataset()), "state_h", "unit_mean")


def test_what_is_no_recording():
    with pytest.raises(BadRecording, match="no variable 'log10_grad_h'"):
        of(dataset().drop_vars("log10_grad_h"))

"""The loss, the gradient, the gates and the odd values of a summary, in exact words."""

import numpy as np
import pytest
import xarray as xr
from diagnosis.recorded import dataset, decaying, tree

import gradviz as gv

NAN, INF = np.nan, np.inf


def row(label, found):
    return dict(found.rows)[label]


@pytest.mark.parametrize(
    ("losses", "baseline", "text"),
    [
        ([2.0, 1.0], 0.5, "2 at first, 1 at the end: not below the trivial predictor, 0.5"),
        ([2.0], None, "2 at first, 2 at the end"),
        ([1.0, INF], None, "1 at first, inf at the end (last finite: 1, step 0)"),
        ([1.0, 0.25, NAN, NAN], 0.5, "1 at first, NaN at the end (last finite: 0.25, step 1)"),
        ([1.0] * 18 + [0.5, INF], 0.5, "1 at first, inf at the end (last finite: 0.5, step 18)"),
        ([INF, NAN], None, "inf at first, NaN at the end"),
        ([4.0, NAN, NAN, 2.0, NAN], None, "4 at first, 2 at the end"),  # given at every third step
        ([NAN, NAN], None, "unknown: recording has no loss: record it with tape.step(loss)"),
        ([1e308, 1e-308], 1.0, "1e+308 at first, 1e-308 at the end: below the trivial predictor, 1"),
        ([1.0, 0.5], "text", "1 at first, 0.5 at the end"),
    ],
)
def test_losses(losses, baseline, text):
    attributes = {} if baseline is None else {"baseline": baseline}
    assert row("loss", gv.summary(tree(dataset(), metrics={"loss": losses}, **attributes))) == text


def test_a_loss_that_is_lost():
    found = gv.summary(tree(dataset(), metrics={"loss": [1.0, 2.0, INF, NAN]}))
    assert row("values", found) == "loss not finite from training step 2 on"


@pytest.mark.parametrize(
    ("total", "text"),
    [
        ([-INF, -INF, -INF], "nowhere finite and above zero"),
        ([INF, INF, INF], "nowhere finite and above zero"),
        ([-INF, -2.0, -INF], "10^-2.0 at step 1 only (layer)"),
        ([INF, 3.0, -2.0], "10^3.0 at step 1 to 10^-2.0 at step 2, 5.0 decades (layer)"),
        ([-4.0, -4.0, -4.0], "10^-4.0 at step 0 only (layer)"),
        ([1e38, -1e38, 0.0], "10^1e+38 at step 0 to 10^-1e+38 at step 1, 2e+38 decades (layer)"),
        ([-3.0], "10^-3.0 at step 0 only (layer)"),
    ],
)
def test_gradients(total, text):
    assert row("gradient", gv.summary(dataset(total=total))) == text


def test_what_is_zero_below_the_range_or_not_finite():
    total = np.array([-INF, -INF, -50.0, -1.0])
    layer = dataset(total=total, underflow=np.array([[1.0, 0, 1, 0]] * 2).T[None, None, None])
    assert row("values", gv.summary(layer)) == (
        "gradient below the float range 50% (layer); gradient exactly zero 25% (layer)"
    )
    broken = dataset(total=[INF, INF, 0.0])
    broken["state_h"][:] = [[NAN, NAN], [NAN, NAN], [1.0, NAN]]
    assert row("values", gv.summary(broken)) == (
        "states not finite 83% (layer); gradient not finite 67% (layer)"
    )


def test_gates_that_are_not_saturated():
    assert row("gates", gv.summary(dataset("gru"))) == "never saturated"
    assert row("gates", gv.summary(dataset("gru", left=0.005))) == "hardly saturated, at most 0.5% (layer)"
    assert row("gates", gv.summary(dataset("rnn", right=0.25))) == "saturated: hidden above 0.9 25% (layer)"
    assert row("gates", gv.summary(dataset("rnn", left=0.25))) == "saturated: hidden below -0.9 25% (layer)"
    relu = dataset("rnn_relu", left=0.25)
    assert row("gates", gv.summary(relu)) == "saturated: hidden at zero 25% (layer)"


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (0.0, "unknown: not finite"),
        (0.005, "unknown: not finite"),
        (0.25, "saturated: hidden below -0.9 25% (layer)"),
    ],
)
def test_gates_of_states_that_are_not_finite(left, text):
    broken = dataset("rnn", left=left)
    broken["state_h"][..., -1, :] = NAN
    assert row("gates", gv.summary(broken)) == text


def test_of_several_layers_the_one_that_loses_most_is_named():
    layers = [
        dataset(total=decaying(decades)).assign_coords(layer=[at]) for at, decades in enumerate((1, 7, 3))
    ]
    joined = xr.concat(layers, "layer", data_vars="minimal").assign_attrs(layers[0].attrs)
    assert row("gradient", gv.summary(joined)).endswith("7.0 decades (layer, layer 1)")

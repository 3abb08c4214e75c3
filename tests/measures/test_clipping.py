"""Clipping counted by hand, from a recorded training, and from the threshold alone."""

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz import vocabulary as v
from gradviz.errors import BadRecording
from gradviz.measures.clipping import clipping
from gradviz.recording.sink import MemorySink
from gradviz.training import loop


def training(**curves):
    """A tree with these metrics at every iteration; None stands for a metric that was not given."""
    sink = MemorySink()
    for iteration in range(len(next(iter(curves.values())))):
        values = {name: curve[iteration] for name, curve in curves.items()}
        sink.add_metrics(iteration, {name: value for name, value in values.items() if value is not None})
    return sink.tree()


def test_hand_computed():
    before = [4.0, 0.5, 2.0, 8.0, np.inf, 1.0, None, 2.0]
    after = [1.0, 0.5, 1.0, 1.0, np.inf, 1.0, None, 1.0]
    found = clipping(training(loss=[1.0] * 8, grad_norm=before, grad_norm_clipped=after), window=3)
    np.testing.assert_array_equal(found["clipped"], [1, 0, 1, 1, np.nan, 0, np.nan, 1])
    np.testing.assert_array_equal(found["clip_factor"], [0.25, 1, 0.5, 0.125, np.nan, 1, np.nan, 0.5])
    np.testing.assert_allclose(
        found["running_clipped_fraction"], [1, 1 / 2, 2 / 3, 2 / 3, 1, 1 / 2, 0, 1 / 2], rtol=1e-12
    )
    assert found["clipped_fraction"].item() == pytest.approx(4 / 6)
    assert found["clip_factor_median"].item() == pytest.approx(0.375)
    assert found["longest_clipped_streak"].item() == 2
    assert found["iterations_counted"].item() == 6
    assert found["clipped"].dims == ("iteration",)
    assert "last 3 iterations" in found["running_clipped_fraction"].attrs["long_name"]


def test_a_threshold_alone_is_enough_and_overrides_what_was_recorded():
    limited = clipping(training(grad_norm=[4.0, 0.5, 2.0]), clip_norm=1.0)
    recorded = clipping(training(grad_norm=[4.0, 0.5, 2.0], grad_norm_clipped=[1.0, 0.5, 1.0]))
    xr.testing.assert_identical(limited, recorded)
    both = training(grad_norm=[4.0, 0.5, 2.0], grad_norm_clipped=[1.0, 0.5, 1.0])
    assert clipping(both, clip_norm=3)["clipped_fraction"].item() == pytest.approx(1 / 3)
    assert clipping(training(grad_norm=[np.inf, 1.0]), clip_norm=3)["iterations_counted"].item() == 1


def test_never_clipped():
    found = clipping(training(grad_norm=[0.0, 0.5]), clip_norm=1)
    assert found["clipped_fraction"].item() == 0
    assert found["longest_clipped_streak"].item() == 0
    assert np.isnan(found["clip_factor_median"].item())
    np.testing.assert_array_equal(found["clip_factor"], [1, 1])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([0.5, 1.0, 2.0, np.nan]), min_size=1, max_size=12), st.integers(1, 14))
def test_agrees_with_plain_counting(norms, window):
    found = clipping(training(grad_norm=norms), clip_norm=1, window=window)
    counted = [norm > 1 for norm in norms if not np.isnan(norm)]
    text = "".join("x" if cut else "." for cut in counted)
    assert found["longest_clipped_streak"].item() == max(map(len, text.split(".")))
    np.testing.assert_equal(found["clipped_fraction"].item(), np.mean(counted) if counted else np.nan)
    for place, fraction in enumerate(found["running_clipped_fraction"].values):
        near = [n > 1 for n in norms[max(0, place - window + 1) : place + 1] if not np.isnan(n)]
        np.testing.assert_allclose(fraction, np.mean(near) if near else np.nan)


def test_a_training_loop_written_by_hand():
    model = nn.RNN(2, 3)
    limit, returned = 0.05, []
    with gv.record(model, every=2) as tape:
        for step in range(6):
            model.zero_grad()
            loss = model(torch.ones(4, 2, 2))[0].pow(2).sum() * (step + 1)
            loss.backward()
            returned.append(float(nn.utils.clip_grad_norm_(model.parameters(), limit)))
            tape.step(loss, grad_norm=returned[-1])
    found = clipping(tape.tree, clip_norm=limit)
    np.testing.assert_allclose(found["clip_factor"], limit / np.array(returned), rtol=1e-6)
    assert found["longest_clipped_streak"].item() == 6
    of_module = clipping(tape.dataset, clip_norm=limit)
    assert of_module["clipped"].dims == ("step",)
    assert of_module["iterations_counted"].item() == 3


def test_the_names_are_those_of_the_training_loop():
    assert (v.GRAD_NORM, v.GRAD_NORM_CLIPPED) == (loop.GRAD_NORM, loop.GRAD_NORM_CLIPPED)


def test_errors():
    with pytest.raises(
        BadRecording, match=r"no metric 'grad_norm'; record what .* returns with tape\.step\(loss, grad_norm="
    ):
        clipping(recording(state_h=one(np.zeros((2, 1)))), clip_norm=1)
    with pytest.raises(
        BadRecording, match="no metric 'grad_norm_clipped'; pass the clipping threshold with clip_norm="
    ):
        clipping(training(grad_norm=[1.0]))
    with pytest.raises(ValueError, match="clip_norm = 0: must be a number above 0"):
        clipping(training(grad_norm=[1.0]), clip_norm=0)
    with pytest.raises(ValueError, match="window = -1: must be a whole number of at least 1"):
        clipping(training(grad_norm=[1.0]), clip_norm=1, window=-1)

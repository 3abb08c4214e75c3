"""The gradient that passes steps whose output is thrown away, by hand; cuts and padding beside them."""

import numpy as np
import pytest
import torch
from halving import left_padded, padded, recorded, skipping
from invented import one, recording
from torch import nn

import gradviz as gv
from gradviz.measures.passing_gradient import beyond_cut, carried_gradient, passing_gradient, passing_name

INF, NAN = np.inf, np.nan


def of(function, h, state=None, cut=None, **more):
    """The values of one sequence, from its first time step to its last."""
    columns = {"log10_grad_h": h, "log10_grad_state": state, "cut": cut, **more}
    given = {name: one(np.array([values], dtype=float).T) for name, values in columns.items() if values}
    return function(recording(**given)).squeeze().values.tolist()


@pytest.mark.parametrize(
    ("h", "state", "cut", "passing"),
    [
        # thrown away in the middle: the state passes there
        ([-3, -INF, -1, 0], [-3, -2, -1, 0], [0, 0, 0, 0], [-3, -2, -1, 0]),
        # a mask of zero: the state has a gradient, and nothing of it reaches the step
        ([-INF, -INF, -1, 0], [-INF, -1.5, -1, 0], [0, 0, 1, 0], [-INF, -INF, -1, 0]),
        # thrown away after a cut
        ([-INF, -INF, -INF, 0], [-INF, -INF, -0.5, 0], [0, 0, 1, 0], [-INF, -INF, -0.5, 0]),
        # padding after the end; nothing is handed on after the last call
        ([-1, 0, -INF, -INF], [-1, 0, 0, -INF], [0, 0, 0, 0], [-1, 0, NAN, NAN]),
        # padding before the beginning, where the initial state is handed on
        ([-INF, -INF, -1, 0], [-2, -2, -1, 0], [0, 0, 0, 0], [NAN, NAN, -1, 0]),
        ([-INF, -INF, -1, 0], [-2, -2, -1, 0], [0, 1, 0, 0], [NAN, NAN, -1, 0]),
        # steps after the loss are not padding
        ([-1, 0, -INF, -INF], [-1, 0, -INF, -INF], [0, 0, 0, 0], [-1, 0, -INF, -INF]),
        # a sequence that joins a growing batch late
        ([NAN, NAN, -1, 0], [NAN, NAN, -1, 0], [NAN, NAN, 0, 0], [NAN, NAN, -1, 0]),
        # every output is thrown away: nothing of the module is trained
        ([-INF, -INF], [-1, -1], [0, 0], [-INF, -INF]),
        ([-3, -INF, -1, 0], None, None, [-3, -INF, -1, 0]),  # format 1
    ],
)
def test_by_hand(h, state, cut, passing):
    np.testing.assert_equal(of(passing_gradient, h, state, cut), passing)


def test_a_cell_state_that_was_not_handed_on_is_not_known():
    found = of(
        lambda ds: passing_gradient(ds, "log10_grad_c"),
        [-3, -INF, -1, -INF],
        [-3, -2, -1, -INF],
        [0, 0, 0, 0],
        log10_grad_c=[-4, -INF, -2, -INF],
    )
    np.testing.assert_equal(found, [-4, NAN, -2, -INF])


def test_carried_is_at_the_state_handed_on_where_it_goes_on():
    found = of(carried_gradient, [-INF, -2.0, -1, 0], [-1.0, -2.5, -1.5, 0], [0, 1, 0, 0])
    assert found == [-INF, -2.5, -1.5, 0]
    assert of(carried_gradient, [-2.0, -1, 0]) == [-2, -1, 0]


@pytest.mark.parametrize(
    ("h", "state", "is_said"),
    [
        ([-3, -INF, -1, 0], [-3, -2, -1, 0], True),
        ([-3, -2, -1, 0], [-3, -2, -1, 0], False),
        ([-3, -INF], None, False),
    ],
)
def test_its_name_says_where_it_differs(h, state, is_said):
    columns = {"log10_grad_h": h, "log10_grad_c": h, "log10_grad_state": state}
    ds = recording(**{name: one(np.array([values], float).T) for name, values in columns.items() if values})
    name = ds["log10_grad_h"].attrs["long_name"]
    assert passing_name(ds) == (f"{name},\nor at the state handed on" if is_said else name)
    assert passing_name(ds, "log10_grad_c") == ds["log10_grad_c"].attrs["long_name"] != name


def test_beyond_a_cut():
    assert of(beyond_cut, [0.0] * 5, cut=[0, 0, 1, 0, 0]) == [True, True, False, False, False]
    assert of(beyond_cut, [0.0] * 2) == [False, False]


@pytest.mark.parametrize("way", [padded, left_padded])
def test_padded_by_hand(way):
    ds = recorded(way)
    known = passing_gradient(ds).squeeze().values.T  # (sample, time)
    for norms, length in zip(known, (8, 5, 3), strict=True):
        there = norms[~np.isnan(norms)]
        np.testing.assert_allclose(there, np.log10(2 * 0.5 ** np.arange(length))[::-1], atol=1e-5)
    assert gv.horizon(ds, decades=10)["horizon_of_sequence"].squeeze().values.tolist() == [7, 4, 2]
    assert gv.decay_rate(ds)["decay_rate_quartile_low"].item() == pytest.approx(np.log10(2), abs=1e-5)
    for lag in (2, 4, 7):
        lost = gv.gradient_across_lag(ds, lag=lag)["decades_lost"].item()
        assert lost == pytest.approx(lag * np.log10(2), abs=1e-5)
    found = gv.gradient_reach(ds)
    assert found["longest_unbroken_run"].item() == 7
    assert found["steps_cut"].item() == found["sequences_cut"].item() == 0
    assert gv.underflow_fraction(ds)["underflow_fraction"].item() == 0


def test_skipped_steps_are_passed():
    ds = recorded(skipping)
    norms = passing_gradient(ds).squeeze().values.T
    assert np.isneginf(ds["log10_grad_h"].squeeze().values[1, 1:]).all()  # what was recorded there
    assert np.isfinite(norms[:, :-1]).all()
    np.testing.assert_allclose(norms[1, 1], norms[1, 2] - np.log10(2), atol=1e-5)
    assert gv.gradient_reach(ds)["longest_unbroken_run"].item() == 7
    assert gv.gradient_across_lag(ds, lag=5)["decades_lost"].item() < 5 * np.log10(2) + 1e-5


def test_a_layer_norm_is_no_growth_of_the_recurrence():
    torch.manual_seed(0)
    cell, h = gv.initialise(nn.GRUCell(3, 16), "chrono", t_max=40), torch.zeros(4, 16)
    with gv.record(cell) as tape:
        for _ in range(20):
            h = nn.functional.layer_norm(cell(torch.randn(4, 3), h), (16,))
        h[:, 0].sum().backward()
    found = gv.gradient_across_lag(tape.dataset)
    raw = tape.dataset["log10_grad_h"].squeeze().mean("sample")
    assert float(raw.max() - raw[-1]) > 1.2  # the first state is near zero, so the norm enlarges it
    assert found["decades_gained_at_peak"].item() < 0.6


def test_a_sequence_that_was_cut_off_is_not_averaged_with_the_others():
    ds = recorded(lambda t, lengths, new, old: new * ((t != 4) | (lengths != 5))[:, None])
    assert np.isneginf(ds["log10_grad_h"].squeeze().values[:5, 1]).all()
    lost = gv.gradient_across_lag(ds, lag=7)["decades_lost"].item()
    assert lost == pytest.approx(7 * np.log10(2), abs=1e-5)
    found = gv.gradient_reach(ds)
    assert found["longest_unbroken_run"].item() == 7
    assert found["sequences_cut"].item() == pytest.approx(1 / 3)
    assert found["fraction_cut_at_time"].squeeze().values.tolist() == pytest.approx([0] * 5 + [1 / 3, 0, 0])
    whole = recorded(lambda t, lengths, new, old: new.detach() if t == 4 else new)
    assert gv.gradient_across_lag(whole, lag=7)["decades_lost"].item() == INF
    assert gv.gradient_along_path(whole, lag=7)["decades_lost_on_path"].item() == INF
    assert gv.gradient_reach(whole)["longest_unbroken_run"].item() == 2

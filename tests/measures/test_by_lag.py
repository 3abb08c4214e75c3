"""Norms against lag: computed by hand, in both directions, with padding, and against a plain search."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from invented import one, recording

from gradviz.measures.by_lag import by_lag

INF, NAN = np.inf, np.nan


def of(sequence, direction="forward"):
    """Norms against lag of one sequence."""
    norms = one(np.array(sequence, dtype=float)[:, None])
    ds = recording(log10_grad_h=np.concatenate([norms, norms], axis=2))
    return by_lag(ds["log10_grad_h"]).sel(direction=direction).squeeze().values


@pytest.mark.parametrize(
    ("sequence", "forward", "reverse"),
    [
        ([1, 2, 3], [3, 2, 1], [1, 2, 3]),
        ([1, 2, -INF], [2, 1, NAN], [1, 2, -INF]),  # the loss reads an earlier step
        ([-INF, 2, 3], [3, 2, -INF], [2, 3, NAN]),
        ([1, -INF, 3], [3, -INF, 1], [1, -INF, 3]),
        ([1, 2, NAN], [2, 1, NAN], [1, 2, NAN]),  # padding
        ([1, 2, -INF, NAN], [2, 1, NAN, NAN], [1, 2, -INF, NAN]),
        ([1, INF, 0], [0, INF, 1], [1, INF, 0]),
        ([-INF] * 3, [NAN] * 3, [NAN] * 3),
        ([NAN] * 3, [NAN] * 3, [NAN] * 3),
    ],
)
def test_by_hand(sequence, forward, reverse):
    np.testing.assert_array_equal(of(sequence), forward)
    np.testing.assert_array_equal(of(sequence, "reverse"), reverse)


def test_a_single_step():
    ds = recording(log10_grad_h=one([[2.0]]))
    assert by_lag(ds["log10_grad_h"]).squeeze().item() == 2


def test_a_direction_that_was_selected():
    norms = np.array([[[[[1.0], [2], [3]], [[4], [5], [6]]]]])
    ds = recording(log10_grad_h=norms)["log10_grad_h"]
    whole = by_lag(ds)
    for direction in ("forward", "reverse"):
        xr.testing.assert_equal(by_lag(ds.sel(direction=direction)), whole.sel(direction=direction))


def test_dims_and_attributes():
    ds = recording(log10_grad_h=np.zeros((2, 3, 2, 5, 4)))["log10_grad_h"]
    found = by_lag(ds)
    assert found.dims == ("step", "layer", "direction", "sample", "lag")
    assert found["lag"].values.tolist() == [0, 1, 2, 3, 4]
    assert found.attrs == ds.attrs
    assert found["lag"].attrs == {"long_name": "lag", "units": "time steps"}
    np.testing.assert_array_equal(ds, 0)


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, 7), st.integers(1, 3)),
        elements=st.sampled_from([-INF, INF, -1, 0, 2]),
    ),
    st.integers(0, 3),
    st.sampled_from([1, -1]),
)
def test_agrees_with_a_plain_search(norms, padding, order):
    padded = np.concatenate([norms, np.full((padding, norms.shape[1]), NAN)])
    both = np.stack([padded, padded])[None, None]
    found = by_lag(recording(log10_grad_h=both)["log10_grad_h"])
    found = found.sel(direction="forward" if order == 1 else "reverse").values[0, 0]
    for sequence, row in zip(norms.T, found, strict=True):
        processed = sequence[::order]
        there = np.flatnonzero(processed > -INF)
        expected = processed[: there[-1] + 1][::-1] if len(there) else []
        np.testing.assert_array_equal(row[: len(expected)], expected)
        assert np.isnan(row[len(expected) :]).all()

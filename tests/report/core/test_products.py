"""The dense products, for every shape: whole tiles, and what is left beside them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.core.javascript import new_core

SIZES = {"rows": st.integers(1, 5), "columns": st.integers(1, 9), "depth": st.integers(1, 5)}
many = settings(max_examples=30, deadline=None)


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def check_affine(core, rows, columns, depth, before):
    x, weight, bias = random(rows, depth), random(columns, depth), random(columns)
    out = core.call("affine", x=x, weight=weight, bias=bias, rows=rows, before=before)
    np.testing.assert_allclose(
        out[before:-1].reshape(rows, columns), x @ weight.T + bias, rtol=1e-12, atol=1e-13
    )
    assert (out[:before] == 7).all()
    assert out[-1] == 7


def check_outer(core, rows, columns, depth, before):
    a, x, start = random(rows, columns), random(rows, depth), random(columns, depth)
    found = core.call("outerProducts", a=a, x=x, rows=rows, sum=start, before=before)
    np.testing.assert_allclose(found.reshape(columns, depth), start + a.T @ x, rtol=1e-11, atol=1e-12)


@given(**SIZES, before=st.integers(0, 3))
@many
def test_affine(core, rows, columns, depth, before):
    check_affine(core, rows, columns, depth, before)


@given(**SIZES | {"rows": st.sampled_from([1, 3, 31, 32, 64, 101])}, before=st.integers(0, 3))
@many
def test_outer_products(core, rows, columns, depth, before):
    check_outer(core, rows, columns, depth, before)


@given(rows=st.integers(1, 5), columns=st.integers(1, 6))
@many
def test_sums_of_columns_and_the_transpose(core, rows, columns):
    matrix, start = random(rows, columns), random(columns)
    found = core.call("columnSums", a=matrix, rows=rows, sum=start)
    np.testing.assert_allclose(found, start + matrix.sum(0), rtol=1e-12, atol=1e-13)
    transposed = core.call("transposed", matrix=matrix, rows=rows, columns=columns)
    np.testing.assert_array_equal(transposed.reshape(columns, rows), matrix.T)


@pytest.mark.parametrize(
    ("check", "old", "new"),
    [
        (check_affine, "b2 += b * u2;", "b2 += a * u2;"),
        (check_affine, "rows, 0);\n  }", "rows, tiledColumns);\n  }"),
        (check_outer, "s31 += a3 * x1;", "s31 += a3 * x0;"),
        (check_outer, "Math.min(ROWS_IN_CACHE, rows - first)", "ROWS_IN_CACHE"),
    ],
)
def test_a_wrong_tile_is_noticed(check, old, new):
    core = new_core([(old, new)])
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        check(core, 33, 9, 4, 0)

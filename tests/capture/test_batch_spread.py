"""Spread over the batch, against numpy and by hand."""

import gc
import math
import weakref
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gradviz.capture import batch_spread as module
from gradviz.capture.batch_spread import as_batch, batch_spread, check_same_batch

SHAPES = st.lists(st.integers(1, 4), min_size=0, max_size=2)


@given(st.integers(2, 7), SHAPES, st.integers(0, 50), st.sampled_from([torch.float32, torch.float64]))
def test_numbers(batch, rest, seed, dtype):
    values = torch.randn(batch, *rest, generator=torch.Generator().manual_seed(seed), dtype=dtype) + 100
    expected = np.sqrt(np.mean(np.std(values.double().numpy(), axis=0) ** 2))
    assert batch_spread(values) == pytest.approx(expected, rel=1e-10)


@given(st.integers(2, 7), SHAPES, st.integers(1, 4), st.integers(0, 50))
def test_classes(batch, rest, classes, seed):
    values = torch.randint(-1, classes, (batch, *rest), generator=torch.Generator().manual_seed(seed))
    impurities = [
        1 - sum((count / batch) ** 2 for count in Counter(column).values())
        for column in values.reshape(batch, -1).T.tolist()
    ]
    assert batch_spread(values) == pytest.approx(np.mean(impurities), abs=1e-12)


def test_by_hand():
    assert batch_spread(torch.tensor([[1.0, 5.0], [3.0, 5.0]])) == pytest.approx(math.sqrt(0.5))
    assert batch_spread(torch.tensor([2, 7])) == 0.5
    assert batch_spread(torch.tensor([True, True, True, False])) == 0.375
    assert batch_spread(torch.tensor([3, 3, 3])) == 0
    assert batch_spread(torch.full((4, 3), 0.1)) == 0
    assert batch_spread(torch.tensor([1 + 1j, -1 - 1j])) == pytest.approx(math.sqrt(2))
    assert batch_spread(torch.tensor([1.0, 3.0], dtype=torch.bfloat16)) == 1


def test_what_has_no_spread_is_nan():
    for values in (torch.ones(1, 5), torch.tensor([1]), torch.zeros(0, 3), torch.zeros(3, 0)):
        assert math.isnan(batch_spread(values))
    for value in (math.nan, math.inf):
        assert math.isnan(batch_spread(torch.tensor([1.0, value, 2.0])))


def test_a_large_batch_is_measured_in_pieces(monkeypatch):
    torch.manual_seed(0)
    for values in (torch.randn(5, 31), torch.randint(0, 3, (5, 31))):
        whole = batch_spread(values)
        with monkeypatch.context() as patch:
            patch.setattr(module, "_AT_ONCE", 12)
            assert batch_spread(values) == pytest.approx(whole, rel=1e-12)


def test_lists_and_arrays_are_batches():
    arrays = (np.array([1.0, 3.0]), np.array([3.0, 1.0])[::-1], np.broadcast_to([[1.0], [3.0]], (2, 5)))
    for value in ([[1.0], [3.0]], (1.0, 3.0), [np.ones(2), 3 * np.ones(2)], *arrays):
        assert batch_spread(as_batch("output", value)) == 1


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ("text", TypeError, "output is a str: must be a dense tensor, or an array of numbers"),
        (None, TypeError, "output is a NoneType: must be"),
        ((torch.ones(2, 3), torch.ones(1, 2)), TypeError, "output is a tuple: must be"),
        ([[1.0], [1.0, 2.0]], TypeError, "output is a list: must be"),
        (np.array(["a"]), TypeError, "output is a ndarray: must be"),
        (torch.ones(2, 2).to_sparse(), TypeError, "output is a tensor of layout torch.sparse_coo: must be"),
        (
            torch.tensor(0.5),
            ValueError,
            r"output is a single number, .* \(batch, ...\); a metric named",
        ),
        (0.5, ValueError, "output is a single number"),
    ],
)
def test_what_is_not_a_batch(value, error, message):
    with pytest.raises(error, match=message):
        as_batch("output", value)


def test_batches_of_different_sizes():
    check_same_batch(torch.ones(3, 1), torch.ones(3))
    with pytest.raises(ValueError, match=r"output has shape \(3, 1\) and target \(2,\): the first axis"):
        check_same_batch(torch.ones(3, 1), torch.ones(2))


def test_the_graph_is_not_kept():
    x, saved = torch.ones(3, 2, requires_grad=True), torch.ones(3, 2)
    held, y = weakref.ref(saved), x * saved
    del saved
    batch = as_batch("output", y)
    batch_spread(batch)
    assert held() is not None
    del y
    gc.collect()
    assert held() is None
    assert batch.grad_fn is None

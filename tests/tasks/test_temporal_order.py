"""The temporal order problem."""

import math

import pytest
import torch
from batches import assert_even, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv

ORDERS = {  # experiments 6a and 6b, from the paper's lists
    2: ["XX", "XY", "YX", "YY"],
    3: ["XXX", "XXY", "XYX", "XYY", "YXX", "YXY", "YYX", "YYY"],
}


@settings(max_examples=50, deadline=None)
@given(
    low=st.integers(10, 70),
    more=st.none() | st.integers(0, 20),
    symbols=st.sampled_from([2, 3]),
    seed=st.integers(0, 99),
)
def test_the_class_is_the_order_of_the_symbols(low, more, symbols, seed):
    task = gv.tasks.temporal_order(low if more is None else (low, low + more), symbols)
    inputs, targets = task.batch(6, seeded(seed))
    for shown, target in zip(one_by_one(inputs), targets.tolist(), strict=True):
        assert torch.equal(shown.sum(-1), torch.ones(len(shown)))
        text = "".join("abcdXYEB"[symbol] for symbol in shown.argmax(-1).tolist())
        assert low <= len(text) <= low + (more or 0)
        assert text[0] == "E"
        assert text[-1] == "B"
        assert text.count("E") == text.count("B") == 1
        assert "".join(c for c in text if c in "XY") == ORDERS[symbols][target]
        places = [t for t, c in enumerate(text) if c in "XY"]
        assert set(places) <= set(task.informative)
        assert len(text) - 1 - places[0] <= task.lag


@pytest.mark.parametrize("length", [100, (100, 110)])
def test_the_symbols_stand_where_the_source_puts_them(length):
    steps = list(range(10, 21))
    two, three = gv.tasks.temporal_order(length), gv.tasks.temporal_order(length, symbols=3)
    assert list(two.informative) == steps + list(range(50, 61))
    assert list(three.informative) == steps + list(range(33, 44)) + list(range(66, 77))
    inputs, _ = two.batch(2000, seeded(0))
    places = [torch.nonzero(s[:, 4:6].sum(-1)).flatten().tolist() for s in one_by_one(inputs)]
    assert {first for first, _ in places} == set(steps)
    assert {second for _, second in places} == set(range(50, 61))
    assert two.lag == (89 if length == 100 else 99)


@pytest.mark.parametrize("symbols", [2, 3])
def test_baseline_and_even_classes(symbols):
    task = gv.tasks.temporal_order(20, symbols)
    _, targets = task.batch(20000, seeded(1))
    assert_even(targets, 2**symbols)
    loss = task.loss(torch.zeros(20000, 2**symbols), targets).item()
    assert loss == pytest.approx(task.baseline, rel=1e-6)
    assert task.baseline == pytest.approx(symbols * math.log(2))


def test_distractors_are_even():
    inputs, _ = gv.tasks.temporal_order(30).batch(1000, seeded(2))
    assert_even(inputs[:, 7:15].argmax(-1).flatten(), 4)  # between the windows of 30 steps


def test_bad_options():
    with pytest.raises(ValueError, match="symbols = 4: must be 2 or 3, for 4 or 8 classes"):
        gv.tasks.temporal_order(symbols=4)
    with pytest.raises(ValueError, match="length = 9: must be a whole number of at least 10"):
        gv.tasks.temporal_order(9)

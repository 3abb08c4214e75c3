"""Lengths as options, drawn, and packed."""

import pytest
import torch
from batches import lengths_of, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import PackedSequence

from gradviz.tasks.lengths import (
    check_length,
    draw_below,
    draw_lengths,
    longest,
    mean_length,
    pack,
    shortest,
)


def test_a_pair_is_kept_as_a_tuple_whatever_it_came_as():
    assert check_length("length", [80, 120], at_least=2) == (80, 120)
    assert check_length("length", (5, 5), at_least=2) == (5, 5)
    assert check_length("length", 7, at_least=2) == 7
    assert [f((80, 121)) for f in (shortest, longest, mean_length)] == [80, 121, 100.5]
    assert [f(7) for f in (shortest, longest, mean_length)] == [7, 7, 7]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, r"length = 1: must be a whole number of at least 2"),
        ("12", r"length = '12': must be a whole number"),
        ([3, 1], r"length\[1\] = 1: must be a whole number of at least 2"),
        ([3, 4.5], r"length\[1\] = 4.5: must be a whole number"),
        ([9, 4], r"length = \[9, 4\]: the smallest must not be above the largest"),
        ([3], r"length = \[3\]: must be one length, or the smallest and the largest"),
        ((3, 4, 5), r"length = \(3, 4, 5\): must be one length, or the smallest and the largest"),
    ],
)
def test_invalid_lengths(value, message):
    with pytest.raises(ValueError, match=message):
        check_length("length", value, at_least=2)


def test_every_length_of_a_range_is_equally_likely_and_one_length_draws_nothing():
    drawn = draw_lengths((3, 6), 20000, seeded(0))
    fractions = torch.bincount(drawn, minlength=7)[3:] / 20000
    assert (fractions - 1 / 4).abs().max() < 5 * (3 / 16 / 20000) ** 0.5
    assert drawn.min() == 3
    assert drawn.max() == 6
    generator = seeded(4)
    assert draw_lengths(6, 3, generator).tolist() == [6, 6, 6]
    assert torch.equal(torch.rand(2, generator=generator), torch.rand(2, generator=seeded(4)))


@settings(max_examples=30, deadline=None)
@given(bounds=st.lists(st.integers(1, 9), min_size=1, max_size=20), seed=st.integers(0, 99))
def test_each_draw_stays_below_its_own_bound(bounds, seed):
    drawn = draw_below(torch.tensor(bounds), seeded(seed)).tolist()
    assert all(0 <= number < bound for number, bound in zip(drawn, bounds, strict=True))


def test_draws_below_a_bound_are_even():
    fractions = torch.bincount(draw_below(torch.full((30000,), 3), seeded(1)), minlength=3) / 30000
    assert (fractions - 1 / 3).abs().max() < 5 * (2 / 9 / 30000) ** 0.5


@settings(max_examples=30, deadline=None)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=8))
def test_what_is_cut_keeps_the_order_of_the_batch(lengths):
    padded = torch.randn(len(lengths), 6, 2)
    packed = pack(padded, (1, 6), torch.tensor(lengths))
    assert isinstance(packed, PackedSequence)
    assert lengths_of(packed) == lengths
    for sequence, row, length in zip(one_by_one(packed), padded, lengths, strict=True):
        assert torch.equal(sequence, row[:length])
    assert pack(padded, 6, torch.tensor([6] * len(lengths))) is padded

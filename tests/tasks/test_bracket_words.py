"""Words of brackets: all of them, equally likely, and which bracket closes which."""

import itertools
import math

import pytest
import torch
from batches import seeded
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.tasks.bracket_words import BracketWords, in_pairs, matching_pairs


def words(pairs, depth):
    """All words, by trying every one."""
    found = []
    for word in itertools.product([True, False], repeat=2 * pairs):
        heights = list(itertools.accumulate(1 if opens else -1 for opens in word))
        if min(heights) >= 0 and heights[-1] == 0 and max(heights) <= depth:
            found.append(word)
    return found


@pytest.mark.parametrize(("pairs", "depth"), [(1, 1), (2, 1), (4, 2), (5, 3), (4, 9)])
def test_every_word_is_equally_likely(pairs, depth):
    expected, draws = words(pairs, depth), 6000
    assert round(math.exp(BracketWords(pairs, depth).log_count)) == len(expected)
    opens, _ = BracketWords(pairs, depth).draw(torch.full((draws,), pairs), seeded(0))
    counts = dict.fromkeys(expected, 0)
    for word in opens.tolist():
        counts[tuple(word)] += 1
    share = 1 / len(expected)
    error = (share * (1 - share) / draws) ** 0.5
    assert all(abs(count / draws - share) <= 5 * error for count in counts.values())


def test_shorter_words_are_equally_likely_too():
    opens, _ = BracketWords(6, 2).draw(torch.full((4000,), 3), seeded(1))
    assert {tuple(word[:6]) for word in opens.tolist()} == set(words(3, 2))


def test_the_number_of_long_words_is_finite():
    assert BracketWords(2000, 2).log_count == pytest.approx(1999 * math.log(2))
    catalan = math.comb(600, 300) // 301
    assert BracketWords(300, 300).log_count == pytest.approx(math.log(catalan))


@settings(max_examples=40, deadline=None)
@given(
    pairs=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    depth=st.integers(1, 6),
    seed=st.integers(0, 99),
)
def test_pairs_are_those_of_a_stack(pairs, depth, seed):
    opens, order = BracketWords(max(pairs), depth).draw(torch.tensor(pairs), seeded(seed))
    assert torch.equal(order, in_pairs(opens, ~opens))
    inside = torch.arange(2 * max(pairs)) < 2 * torch.tensor(pairs).unsqueeze(-1)
    opened, closed = matching_pairs(opens & inside, ~opens & inside)
    for row, count in enumerate(pairs):
        stack, expected = [], set()
        for step in range(2 * count):
            if opens[row, step]:
                stack.append(step)
                assert len(stack) <= depth
            else:
                expected.add((stack.pop(), step))
        assert not stack
        found = list(zip(opened[row].tolist(), closed[row].tolist(), strict=True))
        assert set(found[:count]) == expected
        assert set(found[count:]) <= {(-1, -1)}

"""The random permutation problem."""

import math

import pytest
import torch
from batches import assert_even, mean_loss, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv


@settings(max_examples=50, deadline=None)
@given(
    low=st.integers(2, 30),
    more=st.none() | st.integers(0, 20),
    alphabet=st.integers(3, 12),
    noise_free=st.booleans(),
    seed=st.integers(0, 99),
)
def test_the_last_symbol_is_the_first_and_targets_are_the_next(low, more, alphabet, noise_free, seed):
    task = gv.tasks.random_permutation(low if more is None else (low, low + more), alphabet, noise_free)
    inputs, targets = task.batch(4, seeded(seed))
    for shown, answers in zip(one_by_one(inputs), one_by_one(targets), strict=True):
        assert torch.equal(shown.sum(-1), torch.ones(len(answers)))
        symbols, following = shown.argmax(-1).tolist(), answers.tolist()
        assert symbols[1:] == following[:-1]
        assert symbols[0] == following[-1] < 2
        assert all(2 <= symbol < alphabet for symbol in symbols[1:])
        if noise_free:
            assert symbols[1:] == [2 + k % (alphabet - 2) for k in range(len(symbols) - 1)]
        assert task.lag >= len(symbols) - 1


@pytest.mark.parametrize("length", [9, (3, 12)])
@pytest.mark.parametrize("noise_free", [False, True])
def test_who_never_saw_the_key_pays_the_baseline(length, noise_free):
    task = gv.tasks.random_permutation(length, 7, noise_free)

    def predict(targets):
        if not isinstance(targets, torch.Tensor):
            return targets._replace(data=predict(targets.data))
        scores = torch.zeros(*targets.shape, 7)
        scores[..., :2] = torch.where(targets < 2, 0.0, -1e4).unsqueeze(-1)
        scores[..., 2:] = torch.where(targets < 2, -1e4, 0.0).unsqueeze(-1)
        if noise_free:
            known = torch.nn.functional.one_hot(targets, 7) == 1
            scores[(targets >= 2).unsqueeze(-1) & ~known] = -1e4
        return scores

    mean, error = mean_loss(task, predict)
    mean_inputs = 9 if length == 9 else 7.5
    expected = ((0 if noise_free else (mean_inputs - 1) * math.log(5)) + math.log(2)) / mean_inputs
    assert task.baseline == pytest.approx(expected)
    assert abs(mean - task.baseline) < 5 * error + 1e-6
    assert error < 0.005


def test_the_metric_counts_the_last_symbol_alone():
    task = gv.tasks.random_permutation((2, 6), 5)
    _, targets = task.batch(50, seeded(0))
    scores = torch.zeros(len(targets.data), 5)
    scores[:, 1] = 1
    keys = [sequence[-1] for sequence in one_by_one(targets)]
    fraction = sum(key == 1 for key in keys) / 50
    assert task.metric(targets._replace(data=scores), targets).item() == pytest.approx(float(fraction))
    assert 0.2 < fraction < 0.8


def test_draws_are_even():
    inputs, _ = gv.tasks.random_permutation(5, 6).batch(5000, seeded(1))
    symbols = inputs.argmax(-1)
    assert_even(symbols[:, 0], 2)
    assert_even(symbols[:, 1:].flatten() - 2, 4)


def test_lag_and_informative_step():
    assert gv.tasks.random_permutation((20, 50)).lag == 49
    assert gv.tasks.random_permutation(50).informative == range(1)


def test_bad_options():
    with pytest.raises(ValueError, match="alphabet = 2: must be a whole number of at least 3"):
        gv.tasks.random_permutation(alphabet=2)
    with pytest.raises(ValueError, match="noise_free = 'no': must be true or false"):
        gv.tasks.random_permutation(noise_free="no")

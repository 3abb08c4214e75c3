"""Nested brackets: words, targets, baseline, and the accuracy by distance."""

import math

import pytest
import torch
from batches import mean_loss, one_by_one, seeded
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import PackedSequence

import gradviz as gv
from gradviz.tasks.task_table import make_task


def closings(word, kinds):
    """Distance and kind of every closing bracket by a stack; fails if the word is not well-formed."""
    stack, found = [], []
    for step, symbol in enumerate(word):
        if symbol < kinds:
            stack.append((step, symbol))
        else:
            opened, kind = stack.pop()
            assert symbol - kinds == kind
            found.append((step, step - opened, kind))
    assert not stack
    return found


@settings(max_examples=50, deadline=None)
@given(
    low=st.integers(2, 12),
    more=st.none() | st.integers(0, 8),
    kinds=st.integers(2, 4),
    depth=st.integers(2, 5),
    seed=st.integers(0, 99),
)
def test_words_are_well_formed_and_the_next_symbol_is_the_target(low, more, kinds, depth, seed):
    task = gv.tasks.dyck(low if more is None else (low, low + more), kinds, depth)
    inputs, targets = task.batch(5, seeded(seed))
    for sequence, target in zip(one_by_one(inputs), one_by_one(targets), strict=True):
        shown, word = sequence.argmax(-1).tolist(), target.tolist()
        assert sequence.sum(-1).eq(1).all()
        assert shown == [2 * kinds, *word[:-1]]
        assert word[-1] == 2 * kinds
        assert low <= (len(word) - 1) // 2 <= low + (more or 0)
        assert len(closings(word[:-1], kinds)) == len(word) // 2


def test_every_kind_is_equally_likely():
    _, targets = gv.tasks.dyck(10, kinds=3).batch(3000, seeded(0))
    counts = torch.bincount(targets.flatten(), minlength=7) / targets.numel()
    assert (counts[:6] - 10 / 21 / 3).abs().max() < 0.005
    assert counts[6].item() == pytest.approx(1 / 21)


@pytest.mark.parametrize("pairs", [6, (3, 9)])
def test_predicting_the_frequencies_costs_the_baseline(pairs):
    task = gv.tasks.dyck(pairs, kinds=2)
    scores = torch.log(torch.tensor([3 / 13] * 4 + [1 / 13]))  # 6 pairs in the mean

    def predict(targets):
        if isinstance(targets, PackedSequence):
            return targets._replace(data=scores.expand(len(targets.data), 5))
        return scores.expand(*targets.shape, 5)

    mean, error = mean_loss(task, predict)
    assert abs(mean - task.baseline) < max(5 * error, 1e-5)


def test_the_entropy_is_the_loss_of_all_words_by_their_number():
    """Of 2 pairs at most 2 deep there are 2 shapes and 4 kinds of each: 8 words, in 5 steps."""
    assert gv.tasks.dyck(2, kinds=2, depth=2).entropy == pytest.approx(math.log(8) / 5)


def slow_metric(task, outputs, targets):
    by_distance = {}
    for scores, target in zip(one_by_one(outputs), one_by_one(targets), strict=True):
        for step, distance, kind in closings(target.tolist()[:-1], task.kinds):
            chance = scores[step, task.kinds : 2 * task.kinds].exp()
            by_distance.setdefault(distance, []).append(float(chance[kind] / chance.sum() > 0.8))
    return sum(sum(found) / len(found) for found in by_distance.values()) / len(by_distance)


@pytest.mark.parametrize("pairs", [7, (2, 9)])
def test_the_metric_is_the_mean_over_distances(pairs):
    task = gv.tasks.dyck(pairs, kinds=3, depth=4)
    _, targets = task.batch(40, seeded(3))
    packed = isinstance(targets, PackedSequence)
    classes = targets.data if packed else targets.flatten()
    torch.manual_seed(0)
    scores = 3 * torch.nn.functional.one_hot(classes, 7) + 2 * torch.randn(len(classes), 7)
    outputs = targets._replace(data=scores) if packed else scores.view(*targets.shape, 7)
    assert 0.1 < task.metric(outputs, targets).item() < 0.9
    assert task.metric(outputs, targets).item() == pytest.approx(slow_metric(task, outputs, targets))


def test_the_metric_of_one_word_by_hand():
    """In ([][]) two brackets are closed after 1 step and one after 5: (1/2 + 1) / 2."""
    task, targets = gv.tasks.dyck(3), torch.tensor([[0, 1, 3, 1, 3, 2, 4]])
    scores = 9 * torch.nn.functional.one_hot(targets, 5).float()
    assert task.metric(scores, targets).item() == 1
    scores[0, 2, 2] = 9  # as likely as the correct one
    assert task.metric(scores, targets).item() == 0.75
    scores[0, 5, 3] = 9
    assert task.metric(scores, targets).item() == 0.25


@pytest.mark.parametrize("pairs", [5, (3, 8)])
def test_a_model_can_be_trained_on_it(pairs):
    task = make_task("dyck", pairs=pairs)
    model = gv.SequenceModel("gru", task.input_size, 5, task.output_size, every_step=task.every_step)
    inputs, targets = task.batch(6, seeded(0))
    outputs = model(inputs)
    task.loss(outputs, targets).backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())
    assert task.metric(outputs, targets).shape == ()
    again = task.batch(6, seeded(0))
    assert all(torch.equal(a, b) for a, b in zip(one_by_one(inputs), one_by_one(again[0]), strict=True))
    with pytest.raises(TypeError, match=r"generator = None: must be a torch.Generator"):
        task.batch(6, None)


def test_lag_length_and_bad_options():
    task = gv.tasks.dyck((3, 10))
    assert (task.lag, task.length, task.informative) == (18, 21, range(1, 20))
    for option in ("pairs", "kinds", "depth"):
        with pytest.raises(ValueError, match=f"{option} = 1: must be a whole number of at least 2"):
            gv.tasks.dyck(**{option: 1})

"""Losses and metrics equal values computed by hand, without padding; other shapes are refused."""

import math

import pytest
import torch
from batches import seeded
from torch.nn.utils.rnn import PackedSequence, pack_sequence

import gradviz as gv


def test_a_number_is_judged_by_its_squared_error():
    task = gv.tasks.adding(9)
    outputs, targets = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.5], [1.0]])
    assert task.loss(outputs, targets).item() == pytest.approx((0.25 + 4) / 2)
    assert task.metric(outputs, targets).item() == pytest.approx((0.25 + 4) / 2)
    assert (task.metric_name, task.metric_goal) == ("mse", "min")


@pytest.mark.parametrize("shape", [(5,), (5, 9, 1), (1, 1)])
def test_numbers_that_would_be_broadcast_are_refused(shape):
    with pytest.raises(ValueError, match=r"adding needs outputs of shape \(5, 1\), one answer at the last"):
        gv.tasks.adding(9).loss(torch.zeros(shape), torch.zeros(5, 1))


def test_a_class_is_judged_by_its_probability_and_by_whether_it_is_the_highest():
    task = gv.tasks.parity(4)
    scores = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)], [0.0, math.log(3)], [math.log(3), 0.0]])
    classes = torch.tensor([1, 0, 1, 0])
    expected = -(3 * math.log(3 / 4) + math.log(1 / 4)) / 4
    assert task.loss(scores, classes).item() == pytest.approx(expected)
    assert task.metric(scores, classes).item() == 3 / 4
    assert (task.metric_name, task.metric_goal) == ("accuracy", "max")


@pytest.mark.parametrize("judge", ["loss", "metric"])
@pytest.mark.parametrize("shape", [(4, 7, 2), (4, 3), (4,), (1, 2)])
def test_scores_of_another_shape_are_refused(judge, shape):
    with pytest.raises(ValueError, match=r"parity needs outputs of shape \(4, 2\), one answer at the last"):
        getattr(gv.tasks.parity(7), judge)(torch.zeros(shape), torch.zeros(4, dtype=torch.long))


def test_packed_answers_of_a_task_with_one_answer_are_refused():
    packed = pack_sequence([torch.zeros(3, 2), torch.zeros(2, 2)])
    with pytest.raises(ValueError, match=r"one answer at the last step; got a packed sequence"):
        gv.tasks.parity((2, 3)).loss(packed, torch.zeros(2, dtype=torch.long))


def test_every_step_counts_for_the_loss_but_only_letters_for_the_metric():
    task = gv.tasks.copy_memory(1, 2, 2)  # five steps; the last two are letters 0 or 1, and 2 is blank
    classes = torch.tensor([[2, 2, 2, 0, 1]])
    scores = torch.zeros(1, 5, 3)
    scores[0, 3, 0] = math.log(2)  # probabilities 1/2, 1/4, 1/4
    scores[0, 4, 2] = math.log(2)
    expected = (3 * math.log(3) + math.log(2) + math.log(4)) / 5
    assert task.loss(scores, classes).item() == pytest.approx(expected)
    assert task.metric(scores, classes).item() == 1 / 2


def test_of_packed_sequences_padding_counts_for_nothing():
    task = gv.tasks.copy_memory((1, 9), 2, 3)
    _, targets = task.batch(7, seeded(3))
    scores = torch.randn(len(targets.data), 4)
    outputs = PackedSequence(scores, targets.batch_sizes, targets.sorted_indices, targets.unsorted_indices)
    rows = torch.arange(len(targets.data))
    by_hand = -scores.log_softmax(-1)[rows, targets.data]
    assert task.loss(outputs, targets).item() == pytest.approx(by_hand.mean().item(), rel=1e-6)
    letters = targets.data < 3
    right = (scores.argmax(-1) == targets.data)[letters]
    assert letters.sum() == 14
    assert task.metric(outputs, targets).item() == pytest.approx(right.float().mean().item())


def test_outputs_packed_otherwise_or_not_at_all_are_refused():
    task = gv.tasks.copy_memory((1, 9), 2, 3)
    _, targets = task.batch(3, seeded(0))
    with pytest.raises(ValueError, match="lengths from a range needs a packed sequence, one answer at every"):
        task.loss(torch.zeros(3, 13, 4), targets)
    with pytest.raises(ValueError, match="packed as its targets are; got other lengths"):
        task.loss(pack_sequence([torch.zeros(2, 4), torch.zeros(1, 4)]), targets)
    with pytest.raises(ValueError, match=rf"shape \({len(targets.data)}, 4\), packed, one answer at every"):
        task.loss(targets._replace(data=torch.zeros(len(targets.data), 5)), targets)
    with pytest.raises(ValueError, match=r"outputs of shape \(4, 9, 4\), one answer at every step; got \(4"):
        gv.tasks.copy_memory(5, 2, 3).loss(torch.zeros(4, 4), torch.zeros(4, 9, dtype=torch.long))

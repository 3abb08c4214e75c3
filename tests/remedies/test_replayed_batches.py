"""Batches come again the same, in the same order, whatever they come from."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

from gradviz.remedies import replayed_batches
from gradviz.remedies.replayed_batches import ReplayedBatches

CPU = torch.device("cpu")
PAIRS = [(torch.full((2,), float(number)), torch.tensor(number)) for number in range(3)]


def numbers(batches, steps=7):
    return [int(batches[step][1]) for step in range(steps)]


def test_a_list_begins_again():
    batches = ReplayedBatches(PAIRS, CPU)
    assert numbers(batches) == [0, 1, 2, 0, 1, 2, 0]
    assert batches.ended_after is None


def test_a_generator_that_has_ended_is_used_again():
    batches = ReplayedBatches((pair for pair in PAIRS), CPU)
    assert numbers(batches, 3) == [0, 1, 2]
    assert batches.ended_after is None
    assert numbers(batches) == [0, 1, 2, 0, 1, 2, 0]
    assert batches.ended_after == 3


def test_a_data_loader_shuffles_each_epoch_once():
    data = torch.utils.data.TensorDataset(torch.arange(3.0), torch.arange(3))
    batches = ReplayedBatches(torch.utils.data.DataLoader(data, shuffle=True), CPU)
    torch.manual_seed(0)
    first = numbers(batches, 30)
    assert numbers(batches, 30) == first
    epochs = {tuple(first[start : start + 3]) for start in range(0, 30, 3)}
    assert {tuple(sorted(epoch)) for epoch in epochs} == {(0, 1, 2)}
    assert len(epochs) > 1


def test_only_what_is_asked_for_is_drawn():
    drawn = []
    batches = ReplayedBatches((drawn.append(n) or PAIRS[n % 3] for n in itertools.count()), CPU)
    batches[4]
    batches[1]
    assert drawn == [0, 1, 2, 3, 4]


def test_what_does_not_fit_in_memory_is_not_kept(monkeypatch):
    monkeypatch.setattr(replayed_batches, "MOST_BYTES", 32)  # a pair has 8 + 8
    batches = ReplayedBatches((PAIRS[n % 3] for n in itertools.count()), CPU)
    assert numbers(batches) == [0, 1, 2, 0, 1, 2, 0]
    assert batches.full_after == 3


def test_a_model_may_change_its_inputs_in_place():
    batches = ReplayedBatches([({"x": torch.zeros(2)}, [torch.zeros(1)])], CPU)
    inputs, targets = batches[0]
    inputs["x"] += 1
    targets[0] += 1
    inputs, targets = batches[1]
    assert (float(inputs["x"].sum()), float(targets[0])) == (0.0, 0.0)


def test_a_generator_may_write_each_batch_to_the_same_memory():
    def batches():
        inputs, targets = torch.zeros(2), np.zeros(1)
        for number in range(3):
            yield inputs.fill_(number), targets
            targets += 1

    found = ReplayedBatches(batches(), CPU)
    seen = [(float(found[step][0][0]), float(found[step][1][0])) for step in (0, 1, 2, 0, 1, 2)]
    assert seen == [(0, 0), (1, 1), (2, 2)] * 2


def test_batches_and_a_training_do_not_share_random_numbers():
    """So a training that gets its batches anew and one that gets them again draw the same."""
    torch.manual_seed(0)
    found = ReplayedBatches(((torch.rand(()), 0) for _ in range(3)), CPU)
    torch.manual_seed(1)
    first = [(float(found[step][0]), float(torch.rand(()))) for step in range(3)]
    torch.manual_seed(1)
    assert [(float(found[step][0]), float(torch.rand(()))) for step in range(3)] == first


def test_packed_inputs_stay_packed():
    given = pack_sequence([torch.zeros(3, 2), torch.zeros(1, 2)])
    inputs, _ = ReplayedBatches([(given, 0)], CPU)[0]
    inputs.data.add_(1)
    assert torch.equal(inputs.batch_sizes, given.batch_sizes)
    assert float(given.data.sum()) == 0


@pytest.mark.parametrize("empty", [[], iter(()), ()])
def test_no_batches(empty):
    with pytest.raises(ValueError, match="the batches are empty"):
        ReplayedBatches(empty, CPU)[0]

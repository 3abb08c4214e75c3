"""The sequences of a task's batches, and the loss of a predictor over many batches."""

import torch
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def one_by_one(batch):
    """The sequences of a tensor or a packed sequence as a list of tensors, in the order of the batch."""
    if not isinstance(batch, PackedSequence):
        return list(batch)
    padded, lengths = pad_packed_sequence(batch, batch_first=True)
    return [sequence[:length] for sequence, length in zip(padded, lengths.tolist(), strict=True)]


def lengths_of(batch):
    return [len(sequence) for sequence in one_by_one(batch)]


def mean_loss(task, predict, *, batches=40, size=250):
    """Loss of a predictor over many batches: its mean, and the standard error of the mean.

    ``predict`` is given the targets, for their shape or their packing.
    """
    losses = torch.stack(
        [
            task.loss(predict(targets), targets)
            for _, targets in (task.batch(size, seeded(k)) for k in range(batches))
        ]
    ).double()
    return losses.mean().item(), (losses.std() / batches**0.5).item()


def assert_even(classes, count):
    """Every class comes up equally often, to 5 standard errors."""
    fractions = torch.bincount(classes, minlength=count) / len(classes)
    error = (1 / count * (1 - 1 / count) / len(classes)) ** 0.5
    assert len(fractions) == count
    assert (fractions - 1 / count).abs().max() < 5 * error

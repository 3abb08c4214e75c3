"""How a training is told from a model with one input."""

import functools

import pytest
import torch
from torch import nn

from gradviz.remedies.training_case import is_training_case, takes

MODEL, X, PAIRS = nn.LSTM(2, 3), torch.zeros(4, 3, 2), [(torch.zeros(4, 3, 2), torch.zeros(3))]
DATA = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(4, 2), torch.zeros(4)))


def one(output):
    return output.sum()


def two(output, target):
    return (output - target).sum()


def one_or_two(output, target=None):
    return output.sum()


def with_option(output, *, scale):
    return output.sum() * scale


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (MODEL, False),
        ((MODEL,), False),
        ((MODEL, X), False),
        ((MODEL, X, one), False),
        ((MODEL, PAIRS, one), False),
        ((MODEL, PAIRS, two), True),
        ((MODEL, iter(PAIRS), two), True),
        ((MODEL, DATA, nn.functional.mse_loss), True),
        ((MODEL, DATA, nn.CrossEntropyLoss()), True),
        ((MODEL, PAIRS, functools.partial(two, target=0)), False),
        ((MODEL, X, two), True),  # and then refused, in a sentence
        ((MODEL, PAIRS, one_or_two), True),
        ((MODEL, DATA, one_or_two), True),
        ((MODEL, iter(PAIRS), one_or_two), True),
        ((MODEL, X, one_or_two), False),
        ((MODEL, (X, (X, X)), one_or_two), False),
        ((MODEL, {"input": X}, one_or_two), False),
        ((MODEL, nn.utils.rnn.pack_sequence([X[0]]), one_or_two), False),
        ((MODEL, None, one), False),
        ((MODEL, PAIRS, with_option), False),
        ((MODEL, X, one, None), True),
        ((MODEL, PAIRS, two, torch.optim.Adam), True),
        (("model", PAIRS, two), False),
        ([MODEL, PAIRS, two], False),
        ((MODEL, PAIRS, two, None, None), False),
    ],
)
def test_the_loss_decides_and_else_the_second_part(made, expected):
    assert is_training_case(made) is expected


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (one, (True, False)),
        (two, (False, True)),
        (one_or_two, (True, True)),
        (lambda *parts: None, (True, True)),
        (nn.MSELoss(), (False, True)),
        (nn.Linear(1, 1), (True, False)),
        (torch.optim.Adam, (True, True)),
        (3, (False, False)),
    ],
)
def test_how_many_arguments_a_function_takes(function, expected):
    assert (takes(function, 1), takes(function, 2)) == expected


def test_a_function_written_in_c_is_not_known():
    assert takes(torch.dist, 1) is None
    assert is_training_case((MODEL, PAIRS, torch.dist))
    assert not is_training_case((MODEL, X, torch.dist))

"""An input that exchanges the sizes of its axes without moving a number, and legitimate views."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import gradviz as gv
from gradviz.capture.scrambled_view import compare, is_scrambled

BATCH, TIME, FEATURES = 8, 5, 3


def data(*sizes):
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(0))


def tokens(*sizes):
    return torch.randint(10, sizes, generator=torch.Generator().manual_seed(0))


X = data(BATCH, TIME, FEATURES)
IMAGES = data(BATCH, TIME, 2, 3)
LINEAR, EMBEDDING = nn.Linear(FEATURES, 4), nn.Embedding(10, 4)
PLAIN = nn.Linear(FEATURES, 4, bias=False)
SERIES = data(100, TIME, FEATURES)
BEHIND_OTHERS = data(7 + 100 * TIME * FEATURES)[7:].view(100, TIME, FEATURES).data  # its memory begins at 7


@pytest.mark.parametrize(
    "x",
    [
        X.view(TIME, BATCH, FEATURES),
        X.reshape(TIME, BATCH, FEATURES),
        X.view(TIME, BATCH, FEATURES).transpose(0, 1),
        data(BATCH, TIME).view(TIME, BATCH, 1),
        IMAGES.view(TIME, BATCH, 6),
        data(BATCH, 4, 7).view(BATCH, 7, 4),  # channels and time of a convolution
        data(BATCH, 2, 3, 7).view(BATCH, 7, 6),  # a picture's columns
        SERIES[10:18].view(TIME, BATCH, FEATURES),
        BEHIND_OTHERS[10:18].view(TIME, BATCH, FEATURES),
        LINEAR(X.view(TIME, BATCH, FEATURES)),
        PLAIN(X.view(TIME, BATCH, FEATURES)),
        LINEAR(X).view(TIME, BATCH, 4),
        torch.relu(LINEAR(X)).reshape(TIME, BATCH, 4),
        torch.relu(LINEAR(X.view(TIME, BATCH, FEATURES))),
        EMBEDDING(tokens(BATCH, TIME).view(TIME, BATCH)),
        nn.functional.dropout(EMBEDDING(tokens(BATCH, TIME).view(TIME, BATCH))),
        nn.LayerNorm(4)(EMBEDDING(tokens(BATCH, TIME).view(TIME, BATCH)))
        + nn.Parameter(torch.ones(BATCH, 4)),
    ],
)
def test_scrambled(x):
    assert is_scrambled(x) == 1


@pytest.mark.parametrize(
    "x",
    [
        X,
        X.transpose(0, 1),
        X.permute(1, 0, 2),
        X.transpose(0, 1).contiguous(),
        X[:, 1:],
        SERIES[10:18],
        data(BATCH * TIME, FEATURES).view(BATCH, TIME, FEATURES),
        data(BATCH * TIME).view(BATCH, TIME, 1),
        data(BATCH, TIME).unsqueeze(-1),
        IMAGES.view(BATCH, TIME, 6),
        IMAGES.flatten(2).transpose(0, 1),
        data(BATCH, 4, 8).view(BATCH, 8, 4),  # pairs of time steps may have been cut in two on purpose
        data(1, 40, 1).view(40, 1, 1),
        data(BATCH, BATCH, FEATURES).view(BATCH, BATCH, FEATURES),
        data(BATCH, 4, 7).permute(0, 2, 1),
        data(6).view(2, 3, 1).expand(2, 3, 4),
        LINEAR(X),
        LINEAR(X).transpose(0, 1),
        LINEAR(X.transpose(0, 1)),
        EMBEDDING(tokens(BATCH, TIME)),
        EMBEDDING(tokens(BATCH, TIME).t()),
        EMBEDDING(tokens(BATCH * TIME)).view(BATCH, TIME, 4),
        torch.stack([LINEAR(X)[:, t] for t in range(TIME)]),
        torch.cat([X, X]).requires_grad_(),
        nn.Conv1d(FEATURES, 4, 3, padding=1)(X.transpose(1, 2)).transpose(1, 2),
        X[0],
    ],
)
def test_not_scrambled(x):
    assert is_scrambled(x) != 1


def test_known_to_be_right():
    """0 where the axes are known to be in their order, NaN where nothing is."""
    assert is_scrambled(X.transpose(0, 1)) == 0
    assert is_scrambled(IMAGES.view(BATCH, TIME, 6)) == 0
    assert math.isnan(is_scrambled(X))
    assert math.isnan(is_scrambled(data(BATCH, BATCH, 3).view(BATCH, BATCH, 3)))


sizes = st.integers(2, 9)


@settings(deadline=None)
@given(sizes, sizes, st.lists(st.integers(1, 4), max_size=2))
def test_exchanged_sizes_are_seen_and_kept_ones_are_not(batch, time, rest):
    x = torch.zeros(batch, time, *rest)
    features = math.prod(rest)
    viewed = is_scrambled(x.view(time, batch, features))
    assert viewed == 1 if batch != time else math.isnan(viewed)
    assert is_scrambled(x.reshape(batch, time, features)) != 1
    assert is_scrambled(x.flatten(2).transpose(0, 1) if rest else x.t().unsqueeze(-1)) != 1


@settings(deadline=None)
@given(sizes, sizes, st.integers(1, 4))
def test_what_is_found_does_move_numbers(batch, time, features):
    """Where it is 1, the view differs from the transpose of the same data; a tensor in its shape does not."""
    x = torch.arange(batch * time * features).reshape(batch, time, features)
    if compare(x.shape, (time, batch, features)) == 1:
        assert not torch.equal(x.view(time, batch, features), x.transpose(0, 1))
    assert compare(x.shape, tuple(x.shape)) != 1


def recorded(layer, x):
    with gv.record(layer) as tape:
        output = layer(x)[0]
        (output.data if hasattr(output, "batch_sizes") else output).sum().backward()
    return tape.dataset


@pytest.mark.parametrize("batch_first", [False, True])
def test_recorded(batch_first):
    layer = nn.GRU(FEATURES, 4, batch_first=batch_first)
    assert recorded(layer, X.view(TIME, BATCH, FEATURES))["input_scrambled"].item() == 1
    assert recorded(layer, X.transpose(0, 1))["input_scrambled"].item() == 0
    assert "input_scrambled" not in recorded(layer, X)


def test_a_packed_batch_does_not_tell():
    packed = pack_padded_sequence(X, [5] * BATCH, batch_first=True)
    assert "input_scrambled" not in recorded(nn.GRU(FEATURES, 4), packed)


def test_passive():
    """The input's graph and version stay as they are."""
    x = LINEAR(X).view(TIME, BATCH, 4)
    node, version = x.grad_fn, x._version
    is_scrambled(x)
    assert x.grad_fn is node
    assert x._version == version
    x.sum().backward()

"""Last states that are read in a shape that mixes sequences, and the right ways to read them."""

import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

import gradviz as gv
from gradviz.capture.mixed_states import mixes_batch

BATCH, HIDDEN = 6, 4


def told(read, *, kind=nn.LSTM, layers=1, bidirectional=True, batch=BATCH, packed=False):
    """What the recording says, if ``read(h_n)`` enters the loss."""
    torch.manual_seed(0)
    layer = kind(3, HIDDEN, layers, bidirectional=bidirectional)
    x = torch.randn(5, batch, 3)
    if packed:
        x = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([2, 5, 3, 1, 4, 5]), enforce_sorted=False)
    with gv.record(layer) as tape:
        _, state = layer(x)
        read(state[0] if kind is nn.LSTM else state).square().sum().backward()
    found = tape.dataset.get("state_scrambled")
    return None if found is None else found.item()


@pytest.mark.parametrize(
    ("read", "options"),
    [
        (lambda h: h.view(BATCH, -1), {}),
        (lambda h: h.view(BATCH, -1), {"kind": nn.GRU}),
        (lambda h: h.view(BATCH, -1), {"kind": nn.RNN, "layers": 2, "bidirectional": False}),
        (lambda h: h.view(BATCH, -1), {"packed": True}),
        (lambda h: h.reshape(-1, 2 * HIDDEN), {}),
        (lambda h: h[-2:].view(BATCH, -1), {"layers": 2}),
        (lambda h: h.contiguous().view(1, BATCH, 2 * HIDDEN), {}),
        (lambda h: h.view(2, BATCH, 2 * HIDDEN), {"layers": 2}),
        (lambda h: h.view(BATCH, 2, HIDDEN), {}),
        (lambda h: nn.functional.dropout(h, 0.1).view(BATCH, -1), {}),
    ],
)
def test_mixed(read, options):
    assert told(read, **options) == 1


@pytest.mark.parametrize(
    ("read", "options"),
    [
        (lambda h: h.transpose(0, 1).reshape(BATCH, -1), {}),
        (lambda h: h.permute(1, 0, 2).contiguous().view(BATCH, -1), {}),
        (lambda h: torch.cat((h[-2], h[-1]), 1), {}),
        (lambda h: torch.cat(tuple(h), 1).view(BATCH, 2, HIDDEN), {}),
        (lambda h: h.view(2, 2, BATCH, HIDDEN)[-1], {"layers": 2}),
        (lambda h: h.view(2, 2, BATCH, HIDDEN)[-1].transpose(0, 1).reshape(BATCH, -1), {"layers": 2}),
        (lambda h: h.squeeze(0), {"bidirectional": False}),
        (lambda h: h.view(BATCH, -1), {"bidirectional": False}),
        (lambda h: h[-1].view(BATCH, -1), {}),
        (lambda h: h.view(-1), {}),
        (lambda h: h.view(-1, HIDDEN), {}),
        (lambda h: h.view(2, -1), {"batch": 2}),  # it may be the directions that are kept apart
        (lambda h: h.view(1, -1), {"batch": 1}),
        (lambda h: h, {"packed": True}),
    ],
)
def test_in_order(read, options):
    assert told(read, **options) == 0


def test_states_that_the_loss_does_not_read():
    layer = nn.LSTM(3, HIDDEN, bidirectional=True)
    with gv.record(layer) as tape:
        output, (h_n, _) = layer(torch.randn(5, BATCH, 3))
        h_n.view(BATCH, -1).sum()
        output.sum().backward()
    assert "state_scrambled" not in tape.dataset


def test_the_cell_state():
    layer = nn.LSTM(3, HIDDEN, bidirectional=True)
    with gv.record(layer) as tape:
        layer(torch.randn(5, BATCH, 3))[1][1].view(BATCH, -1).sum().backward()
    assert tape.dataset["state_scrambled"] == 1


class Translator(nn.Module):
    """The decoder begins with what an encoder in both directions has ended with."""

    def __init__(self, kind, read):
        super().__init__()
        self.read = read
        self.encoder = kind(3, HIDDEN, bidirectional=True)
        self.decoder = kind(3, 2 * HIDDEN)

    def forward(self, x):
        _, state = self.encoder(x)
        first = self.read(state[0] if isinstance(self.encoder, nn.LSTM) else state)
        return self.decoder(
            x, (first, torch.zeros_like(first)) if isinstance(self.encoder, nn.LSTM) else first
        )


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize(
    ("read", "mixed"),
    [
        (lambda h: h.view(1, BATCH, -1), 1),
        (lambda h: h.transpose(0, 1).reshape(1, BATCH, -1), 0),
    ],
)
def test_states_that_another_call_begins_with(kind, read, mixed):
    model = Translator(kind, read)
    with gv.record(model) as tape:
        model(torch.randn(5, BATCH, 3))[0].sum().backward()
    assert tape.tree["encoder"]["state_scrambled"] == mixed


def test_what_the_call_was_given_may_be_changed_afterwards():
    """A frozen layer does not need its input again; the loss knows nothing of what is put there later."""
    layer = nn.RNN(3, HIDDEN).requires_grad_(False)
    other = nn.RNN(3, HIDDEN, bidirectional=True)
    changed = pytest.warns(RuntimeWarning, match="replayed states differ")  # of the frozen one
    with changed, gv.record(nn.ModuleList((layer, other))) as tape:
        _, h_n = other(torch.randn(5, BATCH, 3))
        base = torch.randn(2, 5, BATCH, 3).requires_grad_().clone()
        output, _ = layer(base.unbind(0)[0])
        base.mul_(2.0)
        base[0, 0, 0] += h_n.view(-1)[:3]
        (output.sum() + h_n.transpose(0, 1).sum()).backward()
    assert tape.tree["1"]["state_scrambled"] == 0


def test_a_long_loop_over_time_is_passed_over():
    layer = nn.RNN(3, HIDDEN, bidirectional=True)
    with gv.record(layer) as tape:
        output, h_n = layer(torch.randn(1500, BATCH, 3))  # some 13,000 nodes
        (output.mean() + h_n.view(BATCH, -1).sum()).backward()
    assert tape.dataset["state_scrambled"] == 1


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 4), st.integers(2, 6), st.integers(1, 3), st.data())
def test_like_counting_the_sequences_of_each_place(states, batch, hidden, data):
    """Every number knows its sequence; a place along an axis of the batch's size holds one or several."""
    numbers = torch.arange(batch)[None, :, None].expand(states, batch, hidden).contiguous()
    sizes = [states, batch, hidden]
    after = data.draw(
        st.sampled_from(
            [sizes, [batch, states, hidden], [batch, -1], [1, batch, -1], [-1, hidden], [states, -1], [-1]]
        )
    )
    read = numbers.view(after)
    found = mixes_batch(sizes, tuple(read.shape))
    assume(not math.isnan(found))
    per_axis = [
        [place.unique().numel() for place in read.unbind(axis)]
        for axis, size in enumerate(read.shape)
        if size == batch
    ]
    assert (found == 0) == any(set(counts) == {1} for counts in per_axis)

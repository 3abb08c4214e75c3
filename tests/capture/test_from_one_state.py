"""Calls of one time step that all begin with one state, and calls that do so for a reason."""

import pytest
import torch
from torch import nn

import gradviz as gv

BATCH, STEPS, HIDDEN = 3, 6, 4
KINDS = [nn.RNN, nn.LSTM, nn.GRU]
CELLS = [nn.RNNCell, nn.LSTMCell, nn.GRUCell]


def told(decode, decoder=nn.GRU, **options):
    """What is recorded of a decoder; ``decode(decoder, x, state)`` returns what enters the loss."""
    torch.manual_seed(0)
    encoder = (nn.LSTM if decoder in (nn.LSTM, nn.LSTMCell) else nn.GRU)(2, HIDDEN)
    model = nn.ModuleDict({"encoder": encoder, "decoder": decoder(2, HIDDEN, **options)})
    x = torch.randn(STEPS, BATCH, 2)
    with gv.record(model) as tape:
        _, state = encoder(x)
        if decoder in CELLS:
            state = tuple(each[0] for each in state) if isinstance(state, tuple) else state[0]
        decode(model["decoder"], x, state).sum().backward()
    found = tape["decoder"].get("calls_from_one_state")
    return 0 if found is None else found.max().item()


def never_handed_on(decoder, x, state):
    return torch.cat([decoder(x_t, state)[0] for x_t in x.split(1)])


@pytest.mark.parametrize("decoder", KINDS)
def test_layers(decoder):
    assert told(never_handed_on, decoder) == STEPS


@pytest.mark.parametrize("decoder", CELLS)
def test_cells(decoder):
    def decode(decoder, x, state):
        returned = [decoder(x_t, state) for x_t in x]
        return torch.cat([each[0] if isinstance(each, tuple) else each for each in returned])

    assert told(decode, decoder) == STEPS


def test_a_state_that_was_copied_is_the_same():
    assert told(lambda d, x, s: torch.cat([d(x_t, s.clone())[0] for x_t in x.split(1)])) == STEPS


@pytest.mark.parametrize(("steps", "expected"), [(2, 0), (3, 3), (4, 4)])
def test_three_calls_are_no_coincidence(steps, expected):
    assert told(lambda d, x, s: never_handed_on(d, x[:steps], s)) == expected


def test_three_calls_of_which_two_read_the_same():
    assert told(lambda d, x, s: never_handed_on(d, x[[0, 0, 1]], s)) == 0
    assert told(lambda d, x, s: never_handed_on(d, x[[0, 0, 1, 2]], s)) == 4


def handed_on(decoder, x, state):
    outputs = []
    for x_t in x.split(1):
        output, state = decoder(x_t, state)
        outputs.append(output)
    return torch.cat(outputs)


def beams(decoder, x, state):
    """Several candidates from one state, each of which goes on."""
    return torch.cat([handed_on(decoder, x + shift, state) for shift in range(4)])


@pytest.mark.parametrize(
    "decode",
    [
        handed_on,
        beams,
        lambda d, x, s: d(x, s)[0],
        lambda d, x, s: torch.cat([d(x + shift, s)[0] for shift in range(4)]),  # whole sequences
        lambda d, x, s: torch.cat([d(x_t)[0] for x_t in x.split(1)]),  # from zero
        lambda d, x, s: torch.cat([d(x_t, torch.zeros_like(s))[0] for x_t in x.split(1)]),
        lambda d, x, s: torch.cat([d(x_t, s.detach())[0] for x_t in x.split(1)]),  # from data
        lambda d, x, s: torch.cat([d(x_t, 0 * s)[0] for x_t in x.split(1)]),
        lambda d, x, s: torch.cat([d(x[:1], s)[0] for _ in range(5)]),  # the same input, as for a dropout
        lambda d, x, s: torch.cat([d(x_t, s)[0] for x_t in x[:2].split(1)]),
        lambda d, x, s: torch.cat([d(x_t, s + t)[0] for t, x_t in enumerate(x.split(1))]),
        lambda d, x, s: torch.cat([never_handed_on(d, x, s), handed_on(d, x, s)]),
    ],
)
def test_silent(decode):
    assert told(decode) == 0


def test_several_decoders_from_one_context():
    torch.manual_seed(0)
    encoder, heads = nn.GRU(2, HIDDEN), nn.ModuleList([nn.GRU(2, HIDDEN) for _ in range(4)])
    x = torch.randn(STEPS, BATCH, 2)
    with gv.record(nn.ModuleList([encoder, heads])) as tape:
        state = encoder(x)[1]
        torch.cat([head(x[:1], state)[0] for head in heads]).sum().backward()
    assert all("calls_from_one_state" not in tape[name] for name in tape.names)

"""The sequence model, on tensors and on packed sequences."""

import pytest
import torch
from batches import one_by_one
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

import gradviz as gv
from gradviz.errors import UnknownName

CELLS = [("rnn", nn.RNN), ("rnn_relu", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)]


@pytest.mark.parametrize(("cell", "kind"), CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_answers_at_the_last_or_at_every_step(cell, kind, bidirectional):
    x = torch.randn(4, 9, 2)
    torch.manual_seed(1)
    last = gv.SequenceModel(cell, 2, 5, 3, num_layers=2, bidirectional=bidirectional)
    torch.manual_seed(1)
    every = gv.SequenceModel(cell, 2, 5, 3, num_layers=2, bidirectional=bidirectional, every_step=True)
    assert type(last.recurrent) is kind
    assert last(x).shape == (4, 3)
    assert every(x).shape == (4, 9, 3)
    states, _ = last.recurrent(x)
    ends = torch.cat([states[:, -1, :5], states[:, 0, 5:]], -1)  # empty second half: one direction
    torch.testing.assert_close(last(x), last.head(ends))
    torch.testing.assert_close(every(x), every.head(states))
    if cell == "rnn_relu":
        assert last.recurrent.nonlinearity == "relu"


@settings(max_examples=40, deadline=None)
@given(
    cell=st.sampled_from([cell for cell, _ in CELLS]),
    lengths=st.lists(st.integers(1, 7), min_size=1, max_size=6),
    num_layers=st.integers(1, 2),
    bidirectional=st.booleans(),
    every_step=st.booleans(),
)
def test_a_packed_sequence_is_answered_as_if_it_were_alone(
    cell, lengths, num_layers, bidirectional, every_step
):
    model = gv.SequenceModel(
        cell, 2, 4, 3, num_layers=num_layers, bidirectional=bidirectional, every_step=every_step
    ).double()
    sequences = [torch.randn(length, 2, dtype=torch.float64) for length in lengths]
    answers = model(pack_sequence(sequences, enforce_sorted=False))
    assert isinstance(answers, PackedSequence) is every_step
    for answer, sequence in zip(one_by_one(answers), sequences, strict=True):
        alone = model(sequence.unsqueeze(0)).squeeze(0)
        assert answer.shape == ((len(sequence), 3) if every_step else (3,))
        torch.testing.assert_close(answer, alone)


def test_the_loss_of_packed_sequences_trains_as_that_of_each_alone():
    task = gv.tasks.copy_memory((1, 8), 2, 3)
    model = gv.SequenceModel("lstm", task.input_size, 6, task.output_size, every_step=True).double()
    inputs, targets = task.batch(5, torch.Generator().manual_seed(0))
    task.loss(model(inputs.to(torch.float64)), targets).backward()
    together = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    steps = len(targets.data)
    for sequence, answer in zip(one_by_one(inputs), one_by_one(targets), strict=True):
        outputs = model(sequence.double().unsqueeze(0)).squeeze(0)
        (nn.functional.cross_entropy(outputs, answer, reduction="sum") / steps).backward()
    for parameter, grad in zip(model.parameters(), together, strict=True):
        torch.testing.assert_close(parameter.grad, grad)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("every_step", [False, True])
def test_a_projected_state_is_read(every_step):
    model = gv.SequenceModel(
        "lstm", 2, 5, 3, num_layers=2, bidirectional=True, every_step=every_step, projection=2
    )
    x = torch.randn(4, 9, 2)
    states, _ = nn.LSTM.forward(model.recurrent, x)
    assert states.shape == (4, 9, 4)
    read = states if every_step else torch.cat([states[:, -1, :2], states[:, 0, 2:]], -1)
    torch.testing.assert_close(model(x), read @ model.head.weight.T + model.head.bias)


@pytest.mark.parametrize(("cell", "size"), [("gru", 2), ("lstm", 5), ("lstm", 0), ("lstm", 2.0)])
def test_a_projection_that_cannot_be(cell, size):
    reason = (
        "must be None for gru" if cell == "gru" else "must be a whole number from 1 to 4, below hidden_size"
    )
    with pytest.raises(ValueError, match=f"projection = {size}: {reason}"):
        gv.SequenceModel(cell, 2, 5, 3, projection=size)


def test_an_unknown_cell():
    with pytest.raises(UnknownName, match=r"unknown cell 'ltsm'; did you mean 'lstm'\?"):
        gv.SequenceModel("ltsm", 1, 1, 1)

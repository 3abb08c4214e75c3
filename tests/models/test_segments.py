"""Sequences read in segments: the same states, and gradients that pass between segments or do not."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.models.segments import Segments
from gradviz.training.placement import Placement

CELLS = ["rnn", "rnn_relu", "lstm", "gru"]
SEGMENT = 4


def model_and_batch(cell, task, *, layers=1, seed=0):
    torch.manual_seed(seed)
    model = gv.SequenceModel(
        cell, task.input_size, 5, task.output_size, num_layers=layers, every_step=task.every_step
    ).double()
    inputs, targets = task.batch(6, torch.Generator().manual_seed(seed))
    place = Placement.of(model)
    return model, place(inputs), place(targets)


def gradients(model, task, inputs, targets):
    model.zero_grad()
    loss = task.loss(model(inputs), targets)
    loss.backward()
    return loss.item(), [parameter.grad.clone() for parameter in model.parameters()]


def assert_close(one, other):
    assert one[0] == pytest.approx(other[0], rel=1e-12)
    for ours, theirs in zip(one[1], other[1], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-12)


TASKS = {
    "last step": gv.tasks.adding(length=11),
    "every step": gv.tasks.copy_memory(delay=5, symbols=2),
    "last step, packed": gv.tasks.adding(length=(3, 11)),
    "every step, packed": gv.tasks.copy_memory(delay=(1, 7), symbols=2),
}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", TASKS)
def test_without_detach_the_gradient_is_that_of_whole_sequences(cell, kind):
    model, inputs, targets = model_and_batch(cell, TASKS[kind], layers=2)
    whole = gradients(model, TASKS[kind], inputs, targets)
    model.segments = Segments(SEGMENT, detach=False)
    assert_close(gradients(model, TASKS[kind], inputs, targets), whole)


def slow_twin(model, task, inputs, targets):
    """One sequence after the other, one time step after the other, the state cut at every segment's start."""
    model.zero_grad()
    if isinstance(inputs, torch.nn.utils.rnn.PackedSequence):
        padded, lengths = torch.nn.utils.rnn.pad_packed_sequence(inputs, batch_first=True)
    else:
        padded, lengths = inputs, torch.full((len(inputs),), inputs.shape[1])
    outputs = []
    for sequence, length in zip(padded, lengths.tolist(), strict=True):
        state, answers = None, []
        for time in range(length):
            if state is not None and time % SEGMENT == 0:
                state = tuple(p.detach() for p in state) if isinstance(state, tuple) else state.detach()
            states, state = model.recurrent(sequence[None, time : time + 1], state)
            answers.append(model.head(states[0, 0]))
        outputs.append(torch.stack(answers) if task.every_step else answers[-1])
    if not task.every_step:
        joined = torch.stack(outputs)
    elif isinstance(inputs, torch.nn.utils.rnn.PackedSequence):
        joined = torch.nn.utils.rnn.pack_sequence(outputs, enforce_sorted=False)
    else:
        joined = torch.stack(outputs)
    loss = task.loss(joined, targets)
    loss.backward()
    return loss.item(), [parameter.grad.clone() for parameter in model.parameters()]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("kind", TASKS)
def test_with_detach_it_is_that_of_a_slow_twin(cell, kind):
    model, inputs, targets = model_and_batch(cell, TASKS[kind])
    whole = gradients(model, TASKS[kind], inputs, targets)
    expected = slow_twin(model, TASKS[kind], inputs, targets)
    model.segments = Segments(SEGMENT)
    found = gradients(model, TASKS[kind], inputs, targets)
    assert_close(found, expected)
    assert found[0] == pytest.approx(whole[0], rel=1e-12)
    assert not torch.allclose(found[1][1], whole[1][1], rtol=1e-3)


def test_packed_sequences_in_the_order_of_their_length():
    model, _, _ = model_and_batch("lstm", TASKS["last step"])
    sequences = [torch.randn(length, 2, dtype=torch.float64) for length in (9, 5, 5, 2)]
    packed = torch.nn.utils.rnn.pack_sequence(sequences)
    whole = model(packed)
    model.segments = Segments(2, detach=False)
    torch.testing.assert_close(model(packed), whole)


@pytest.mark.parametrize("kind", ["last step", "last step, packed"])
def test_a_recording_shows_the_cuts_in_the_columns_of_the_batch(kind):
    model, inputs, targets = model_and_batch("gru", TASKS[kind])
    model.segments = Segments(SEGMENT)
    with gv.record(model, samples=None) as tape:
        TASKS[kind].loss(model(inputs), targets).backward()
        tape.step()
    found = tape.dataset.isel(step=0, layer=0, direction=0)
    lengths = [11] * 6
    if kind != "last step":
        lengths = torch.nn.utils.rnn.pad_packed_sequence(inputs)[1].tolist()
    assert len(set(lengths)) == (1 if kind == "last step" else 5)
    for sample, length in enumerate(lengths):
        one = found.isel(sample=sample, time=slice(length))
        assert one["cut"].values.tolist() == [float(t > 0 and t % SEGMENT == 0) for t in range(length)]
        begin = (length - 1) // SEGMENT * SEGMENT  # of the segment that the loss reads
        gradient = one["log10_grad_h"].values
        assert (gradient[:begin] == -float("inf")).all()
        assert (gradient[begin:] > -20).all()
        assert found["log10_grad_h"].isel(sample=sample).values[length:].size == 11 - length


def test_what_cannot_be_cut():
    with pytest.raises(ValueError, match="bptt = 0: must be a whole number of at least 1"):
        Segments(0)
    with pytest.raises(ValueError, match="segments must be left out if bidirectional"):
        gv.SequenceModel("gru", 2, 3, 1, bidirectional=True, segments=Segments(3))


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    segment=st.integers(1, 10),
    cell=st.sampled_from([torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU]),
    detach=st.booleans(),
)
def test_states_and_final_states_are_those_of_whole_sequences(lengths, segment, cell, detach):
    torch.manual_seed(sum(lengths))
    layers = cell(2, 3, 2, batch_first=True).double()
    sequences = [torch.randn(length, 2, dtype=torch.float64) for length in lengths]
    packed = torch.nn.utils.rnn.pack_sequence(sequences, enforce_sorted=False)
    (expected, final), (found, ended) = layers(packed), Segments(segment, detach=detach).read(layers, packed)
    torch.testing.assert_close(found.data, expected.data)
    assert torch.equal(found.batch_sizes, expected.batch_sizes)
    assert torch.equal(found.unsorted_indices, expected.unsorted_indices)
    parts = [part if isinstance(part, tuple) else (part,) for part in (ended, final)]
    for one, other in zip(*parts, strict=True):
        torch.testing.assert_close(one, other)

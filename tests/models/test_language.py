"""The language model: one answer per step, and a state that can be carried on."""

import math

import pytest
import torch
from torch import nn

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.models.layers import LAYERS
from gradviz.tasks.alphabet import Alphabet

ABC = Alphabet("abc")


@pytest.mark.parametrize("cell", sorted(LAYERS))
@pytest.mark.parametrize("encoding", ["scalar", "one_hot", "embedding"])
def test_it_is_its_layers_one_after_the_other(cell, encoding):
    model = gv.LanguageModel(ABC, cell=cell, hidden_size=5, num_layers=2, encoding=encoding)
    inputs = ABC.encode(torch.tensor([[0, 2, 1, 1], [1, 0, 0, 2]]), encoding)
    outputs, state = model(inputs)
    fed = nn.functional.embedding(inputs, model.input.embedding.weight) if encoding == "embedding" else inputs
    states, final = model.recurrent(fed)
    torch.testing.assert_close(outputs, states @ model.head.weight.T + model.head.bias)
    torch.testing.assert_close(state, final)
    assert outputs.shape == (2, 4, 3)


@pytest.mark.parametrize("cell", sorted(LAYERS))
def test_a_sequence_in_two_pieces_is_the_sequence(cell):
    model = gv.LanguageModel(ABC, cell=cell, hidden_size=5, num_layers=2)
    inputs = ABC.one_hot(torch.randint(3, (2, 9)))
    whole, last = model(inputs)
    first, state = model(inputs[:, :4])
    second, end = model(inputs[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(end, last)
    assert not torch.allclose(model(inputs[:, 4:])[0], second)


def test_what_follows_is_the_last_answer():
    model = gv.LanguageModel(ABC, hidden_size=5, encoding="embedding")
    outputs, _ = model(torch.tensor([[0, 2, 1]]))
    scores, state = model.following([0, 2])
    torch.testing.assert_close(scores, outputs[0, 1])
    torch.testing.assert_close(model.following([1], state)[0], outputs[0, 2])
    assert model.shortest_prompt == 1
    assert model.alphabet == ABC


def train_on_segments(task, model, *, carry):
    """Losses of truncated backpropagation through time, with the state carried on or always from zero."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses, state = [], None
    for step in range(300):
        inputs, targets, begins = task.segment(2, step)
        outputs, state = model(inputs, None if begins or not carry else state)
        loss = task.loss(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        state = tuple(part.detach() for part in state)
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("carry", [True, False])
def test_the_state_carries_what_came_before_the_segment(carry, tmp_path):
    """After a, b and c alternate; without the state, an a at the start of a segment costs ln 2."""
    path = tmp_path / "text.txt"
    path.write_text("abac" * 20, encoding="utf-8")
    task = gv.tasks.text(file=str(path), form="stream", bptt=2, encoding="one_hot")
    model = gv.LanguageModel(task.alphabet, hidden_size=16)
    losses = train_on_segments(task, model, carry=carry)
    assert losses[0] == pytest.approx(task.baseline, abs=0.25)
    without_state = math.log(2) / 4
    last_pass = sum(losses[-19:]) / 19
    assert last_pass == pytest.approx(0 if carry else without_state, abs=0.03)


def test_it_is_recorded_with_the_state_of_the_segment_before():
    task = gv.tasks.text(form="stream", bptt=6, encoding="one_hot")
    model = gv.LanguageModel(task.alphabet, hidden_size=8, num_layers=2)
    state, expected = None, []
    with gv.record(model, detail="full") as tape:
        for step in range(3):
            inputs, targets, _ = task.segment(3, step)
            outputs, state = model(inputs, state)
            expected.append(state[0][-1].detach())
            loss = task.loss(outputs, targets)
            loss.backward()
            state = tuple(part.detach() for part in state)
            tape.step(loss)
    gradient = tape.dataset.log10_grad_h
    assert gradient.sizes == {"step": 3, "layer": 2, "direction": 1, "time": 6, "sample": 3}
    assert bool(gradient.notnull().all())
    last = torch.from_numpy(
        tape.dataset.h.isel(layer=-1, direction=0, time=-1).values
    )  # (step, sample, unit)
    torch.testing.assert_close(last, torch.stack(expected), atol=1e-5, rtol=0)


def test_an_unknown_cell():
    with pytest.raises(UnknownName, match=r"unknown cell 'ltsm'; did you mean 'lstm'\?"):
        gv.LanguageModel(ABC, cell="ltsm")

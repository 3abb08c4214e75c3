"""The model for the text task."""

import pytest
import torch

import gradviz as gv
from gradviz.errors import UnknownName
from gradviz.models.layers import LAYERS
from gradviz.models.text_model import text_model
from gradviz.tasks.likelihood import bits_per_character
from gradviz.training.loop import train
from gradviz.training.optimisation import Optimisation


def test_the_defaults_are_the_course_model():
    torch.manual_seed(5)
    expected = gv.CharModel()
    torch.manual_seed(5)
    model = text_model(gv.tasks.text())
    assert type(model) is gv.CharModel
    assert model.text == expected.text
    assert model.window == 10
    pairs = zip(model.named_parameters(), expected.named_parameters(), strict=True)
    assert all(a[0] == b[0] and torch.equal(a[1], b[1]) for a, b in pairs)


@pytest.mark.parametrize("form", ["windows", "stream"])
@pytest.mark.parametrize("encoding", ["scalar", "one_hot", "embedding"])
@pytest.mark.parametrize("cell", sorted(LAYERS))
def test_every_model_answers_its_task_as_recorded(form, encoding, cell):
    task = gv.tasks.text(form=form, encoding=encoding, window=6, bptt=6)
    model = text_model(task, cell=cell, hidden_size=7, num_layers=2, dropout=0.1)
    assert model.recurrent.dropout == 0.1
    assert model.alphabet == task.alphabet
    inputs, targets = task.batch(5, torch.Generator().manual_seed(0))
    with gv.record(model) as tape:
        outputs = model(inputs) if form == "windows" else model(inputs)[0]
        task.loss(outputs, targets).backward()
    assert tape.dataset.attrs["cell"] == cell
    assert (tape.dataset.sizes["time"], tape.dataset.sizes["unit"], tape.dataset.sizes["layer"]) == (6, 7, 2)
    assert len(gv.sample(model, task.alphabet, "hello ", length=3)) == 3


def test_windows_are_of_the_task():
    task = gv.tasks.text(window=4)
    model = text_model(task, hidden_size=3)
    inputs, targets = task.batch(1, torch.Generator())
    assert all(torch.equal(a, b) for a, b in zip(model.patterns(), (inputs, targets), strict=True))


@pytest.mark.slow
def test_the_usual_form_learns_english_far_beyond_its_character_frequencies():
    task = gv.tasks.text(corpus="pydoc", form="stream", encoding="one_hot", held_out=0.05)
    model = text_model(task, hidden_size=128, num_layers=1)
    how = Optimisation(steps=600, batch_size=32, learning_rate=5e-3, clip_norm=1.0)
    losses = [step.loss for step in train(model, task, how)]
    assert losses[0] == pytest.approx(task.baseline, abs=0.05)
    inputs, targets = task.validation()
    with torch.no_grad():
        held_out = task.metric(model(inputs)[0], targets).item()
    assert bits_per_character(task.unigram_entropy) == pytest.approx(4.7, abs=0.2)
    assert 1.9 < held_out < 2.6  # 2.2 bits per character; it depends on the seed and the Python version
    drawn = gv.sample(model, task.alphabet, "The ", length=300, temperature=0.7)
    assert 3 < 300 / len(drawn.split()) < 12  # words of a plausible length


def test_an_unknown_cell():
    with pytest.raises(UnknownName, match="unknown cell 'gur'; did you mean 'gru'"):
        text_model(gv.tasks.text(), cell="gur")


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_a_stream_can_be_projected_and_windows_cannot():
    task = gv.tasks.text(form="stream", encoding="one_hot", bptt=6)
    model = text_model(task, hidden_size=7, projection=3)
    inputs, _ = task.batch(5, torch.Generator().manual_seed(0))
    outputs, state = model(inputs)
    assert outputs.shape == (5, 6, 22)
    assert [part.shape[-1] for part in state] == [3, 7]
    with pytest.raises(ValueError, match="projection = 3: must be None for windows; a stream can have one"):
        text_model(gv.tasks.text(), projection=3)
